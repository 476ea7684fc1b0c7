"""What DDL can make and pgassay does not read yet: counted, so that it is never taken for absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from pgassay.catalog.catalog import BlindSpot
from pgassay.catalog.kind import Row


def _rows(catalog: LiteralString, condition: LiteralString = "true") -> sql.Composable:
    """Select what a user made in a system catalog, members of extensions included: they are left out together."""
    return sql.SQL("SELECT {catalog}::regclass, x.oid FROM {name} AS x WHERE x.oid >= 16384 AND {condition}").format(
        catalog=sql.Literal(catalog), name=sql.Identifier(catalog), condition=sql.SQL(condition)
    )


def _all(source: LiteralString) -> sql.Composable:
    """Select one row for each of a source's whose rows cannot be initdb's or an extension's."""
    return sql.SQL("SELECT 0, 0::oid FROM {source}").format(source=sql.SQL(source))


# Singular, plural, its rows, and from which major on it exists.
UNREAD: tuple[tuple[str, str, sql.Composable, int], ...] = (
    ("rule", "rules", _rows("pg_rewrite", "rulename <> '_RETURN'"), 14),
    ("event trigger", "event triggers", _rows("pg_event_trigger"), 14),
    ("statistics object", "statistics objects", _rows("pg_statistic_ext"), 14),
    ("publication", "publications", _rows("pg_publication"), 14),
    (
        "subscription",
        "subscriptions",
        _all("pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"),
        14,
    ),
    ("foreign-data wrapper", "foreign-data wrappers", _rows("pg_foreign_data_wrapper"), 14),
    ("foreign server", "foreign servers", _rows("pg_foreign_server"), 14),
    ("user mapping", "user mappings", _all("pg_user_mappings"), 14),
    (
        "cast",
        "casts",  # a range type brings one along, as part of it
        _rows(
            "pg_cast",
            "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = x.oid"
            " AND d.deptype = 'i')",
        ),
        14,
    ),
    ("conversion", "conversions", _rows("pg_conversion"), 14),
    ("access method", "access methods", _rows("pg_am"), 14),
    ("language", "languages", _rows("pg_language"), 14),
    ("transform", "transforms", _rows("pg_transform"), 14),
    ("security label", "security labels", _all("pg_seclabel"), 14),
    ("security label on a shared object", "security labels on shared objects", _all("pg_shseclabel"), 14),
    ("large object", "large objects", _all("pg_largeobject_metadata"), 14),
    ("tablespace", "tablespaces", _rows("pg_tablespace"), 14),
    ("parameter privilege", "parameter privileges", _all("pg_parameter_acl"), 15),
    ("dependence on an extension", "dependences on an extension", _all("pg_depend WHERE deptype = 'x'"), 14),
    (
        "comment on a NOT NULL constraint",
        "comments on NOT NULL constraints",
        _all(
            "pg_description AS d JOIN pg_constraint AS k ON k.oid = d.objoid"
            " WHERE d.classoid = 'pg_constraint'::regclass AND k.contype = 'n' AND k.conrelid >= 16384"
        ),
        18,
    ),
)

# pg_depend (deptype e) tells members of extensions, which are theirs to describe.
COUNT = sql.SQL("""
SELECT one, many, count(*) AS count
FROM ({rows}) AS thing (one, many, classid, objid)
WHERE NOT EXISTS (SELECT FROM pg_depend AS d
                   WHERE d.classid = thing.classid AND d.objid = thing.objid AND d.objsubid = 0 AND d.deptype = 'e')
GROUP BY one, many
""")


def statement(major: int) -> sql.Composed:
    """Return one query that counts everything that this major can hold and that is not read."""
    branches = [
        sql.SQL("SELECT {one}, {many}, * FROM ({rows}) AS x").format(
            one=sql.Literal(one), many=sql.Literal(many), rows=rows
        )
        for one, many, rows, since in UNREAD
        if major >= since
    ]
    return COUNT.format(rows=sql.SQL(" UNION ALL ").join(branches))


def blind_spots(rows: Iterable[Row]) -> list[BlindSpot]:
    """Make one blind spot of each sort that occurs, with its count."""
    return [
        BlindSpot(
            object=f"{row['count']} {row['one'] if row['count'] == 1 else row['many']}",
            reason="pgassay does not read this kind of object yet",
            mend="",
        )
        for row in rows
    ]
