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
    ("operator", "operators", _rows("pg_operator"), 14),
    ("operator class", "operator classes", _rows("pg_opclass"), 14),
    ("operator family", "operator families", _rows("pg_opfamily"), 14),
    ("aggregate", "aggregates", _rows("pg_proc", "prokind = 'a'"), 14),
    ("collation", "collations", _rows("pg_collation"), 14),
    ("text search configuration", "text search configurations", _rows("pg_ts_config"), 14),
    ("text search dictionary", "text search dictionaries", _rows("pg_ts_dict"), 14),
    ("text search parser", "text search parsers", _rows("pg_ts_parser"), 14),
    ("text search template", "text search templates", _rows("pg_ts_template"), 14),
    (
        "base type",
        "base types",  # shell types too; an array type is named by its element's row
        _rows(
            "pg_type",
            "(typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = x.oid)"
            " OR typtype = 'p')",
        ),
        14,
    ),
    (
        "security label on a tablespace",
        "security labels on tablespaces",
        _all("pg_shseclabel WHERE classoid = 'pg_tablespace'::regclass"),
        14,
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
