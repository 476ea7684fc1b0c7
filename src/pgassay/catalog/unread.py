"""What DDL can make and pgassay does not read yet: counted, so that it is never taken for absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.catalog import BlindSpot
from pgassay.catalog.kind import Row


def _made_in(catalog: LiteralString, condition: LiteralString = "true") -> sql.Composable:
    """Count the rows of a system catalog that a user made."""
    return sql.SQL("SELECT count(*) FROM {catalog} AS x WHERE {condition} AND {made}").format(
        catalog=sql.Identifier(catalog), condition=sql.SQL(condition), made=fragments.made(catalog, "x.oid")
    )


# Singular, plural, how to count it, and from which major on it exists.
UNREAD: tuple[tuple[str, str, sql.Composable, int], ...] = (
    ("rule", "rules", _made_in("pg_rewrite", "x.rulename <> '_RETURN'"), 14),
    ("event trigger", "event triggers", _made_in("pg_event_trigger"), 14),
    (
        "statistics object",
        "statistics objects",
        _made_in(
            "pg_statistic_ext", "NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = stxrelid AND relpersistence = 't')"
        ),
        14,
    ),
    ("publication", "publications", _made_in("pg_publication"), 14),
    (
        "subscription",
        "subscriptions",
        sql.SQL(
            "SELECT count(subname) FROM pg_subscription"
            " WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        14,
    ),
    ("foreign-data wrapper", "foreign-data wrappers", _made_in("pg_foreign_data_wrapper"), 14),
    ("foreign server", "foreign servers", _made_in("pg_foreign_server"), 14),
    ("user mapping", "user mappings", sql.SQL("SELECT count(*) FROM pg_user_mappings"), 14),
    (
        "cast",
        "casts",  # a range type brings one along, as part of it
        _made_in(
            "pg_cast",
            "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = x.oid"
            " AND d.deptype = 'i')",
        ),
        14,
    ),
    ("conversion", "conversions", _made_in("pg_conversion"), 14),
    ("operator", "operators", _made_in("pg_operator"), 14),
    ("operator class", "operator classes", _made_in("pg_opclass"), 14),
    ("operator family", "operator families", _made_in("pg_opfamily"), 14),
    ("access method", "access methods", _made_in("pg_am"), 14),
    ("aggregate", "aggregates", _made_in("pg_proc", "x.prokind = 'a'"), 14),
    ("collation", "collations", _made_in("pg_collation"), 14),
    ("language", "languages", _made_in("pg_language"), 14),
    ("transform", "transforms", _made_in("pg_transform"), 14),
    ("text search configuration", "text search configurations", _made_in("pg_ts_config"), 14),
    ("text search dictionary", "text search dictionaries", _made_in("pg_ts_dict"), 14),
    ("text search parser", "text search parsers", _made_in("pg_ts_parser"), 14),
    ("text search template", "text search templates", _made_in("pg_ts_template"), 14),
    (
        "base type",
        "base types",
        _made_in(
            "pg_type",
            "(x.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = x.oid)"
            " OR x.typtype = 'p')",
        ),
        14,
    ),
    (
        "security label",
        "security labels",
        sql.SQL("SELECT (SELECT count(*) FROM pg_seclabel) + (SELECT count(*) FROM pg_shseclabel)"),
        14,
    ),
    ("large object", "large objects", sql.SQL("SELECT count(*) FROM pg_largeobject_metadata"), 14),
    ("tablespace", "tablespaces", sql.SQL("SELECT count(*) FROM pg_tablespace WHERE oid >= 16384"), 14),
    ("parameter privilege", "parameter privileges", sql.SQL("SELECT count(*) FROM pg_parameter_acl"), 15),
    (
        "dependence on an extension",
        "dependences on an extension",
        sql.SQL("SELECT count(*) FROM pg_depend WHERE deptype = 'x'"),
        14,
    ),
    (
        "comment on a NOT NULL constraint",
        "comments on NOT NULL constraints",
        sql.SQL(
            "SELECT count(*) FROM pg_description AS d JOIN pg_constraint AS k ON k.oid = d.objoid"
            " WHERE d.classoid = 'pg_constraint'::regclass AND k.contype = 'n' AND k.conrelid >= 16384"
        ),
        18,
    ),
)


def statement(major: int) -> sql.Composed:
    """Return one query that counts everything that this major can hold and that is not read."""
    counts = [
        sql.SQL("SELECT {one} AS one, {many} AS many, ({count}) AS count").format(
            one=sql.Literal(one), many=sql.Literal(many), count=count
        )
        for one, many, count, since in UNREAD
        if major >= since
    ]
    return sql.SQL(" UNION ALL ").join(counts)


def blind_spots(rows: Iterable[Row]) -> list[BlindSpot]:
    """Make one blind spot of each sort that occurs, with its count."""
    return [
        BlindSpot(
            object=f"{row['count']} {row['one'] if row['count'] == 1 else row['many']}",
            reason="pgassay does not read this kind of object yet",
            mend="",
        )
        for row in rows
        if row["count"]
    ]
