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


MADE_WITH_ANOTHER = sql.SQL("""
SELECT 0, 0::oid
  FROM (SELECT oid FROM pg_type WHERE oid >= 16384 AND typacl IS NOT NULL
        UNION
        SELECT objoid FROM pg_description WHERE classoid = 'pg_type'::regclass AND objoid >= 16384 AND objsubid = 0
        UNION
        SELECT m.oid
          FROM pg_range AS r
          JOIN pg_type AS o ON o.oid = r.rngtypid
          JOIN pg_type AS m ON m.oid = r.rngmultitypid
         WHERE m.oid >= 16384 AND o.typowner <> m.typowner) AS said
  JOIN pg_type AS t ON t.oid = said.oid
 WHERE t.typtype = 'm' OR EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
    OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
UNION ALL
SELECT 0, 0::oid
  FROM (SELECT oid FROM pg_proc WHERE oid >= 16384 AND proacl IS NOT NULL
        UNION
        SELECT objoid FROM pg_description WHERE classoid = 'pg_proc'::regclass AND objoid >= 16384) AS said
  JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = said.oid
                     AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'
""")
"""Array types, row types of relations, multirange types and constructors of ranges that somebody said more of.

Up to 16 a multirange can be given away alone.
"""

ADDED_TO_OTHERS = sql.SQL("""
SELECT 0, 0::oid
  FROM (SELECT 'pg_amop'::regclass, oid, amopfamily, 'pg_operator'::regclass, amopopr FROM pg_amop
        UNION ALL SELECT 'pg_amproc'::regclass, oid, amprocfamily, 'pg_proc'::regclass, amproc FROM pg_amproc)
       AS m (classid, oid, family, refclassid, refobjid)
  LEFT JOIN pg_depend AS c ON c.classid = m.classid AND c.objid = m.oid AND c.refclassid = 'pg_opclass'::regclass
  LEFT JOIN pg_depend AS e ON e.classid = m.refclassid AND e.objid = m.refobjid AND e.deptype = 'e'
 WHERE m.oid >= 16384 AND c.objid IS NULL AND e.objid IS NULL
   AND (m.family < 16384
        OR m.refobjid >= 16384 AND m.family IN (SELECT f.objid FROM pg_depend AS f
                                                 WHERE f.classid = 'pg_opfamily'::regclass AND f.deptype = 'e'))
""")
"""Members of initdb's own operator families, and of extensions', that belong to no class of a user's.

Those that are an extension's are its own to describe. Who added one of initdb's operators to an extension's family is
written nowhere: many extensions do.
"""

# Singular, plural, its rows, and from which major on it exists.
UNREAD: tuple[tuple[str, str, sql.Composable, int], ...] = (
    (
        "owner, privilege or comment of what another type brings along",
        "owners, privileges or comments of what other types bring along",
        MADE_WITH_ANOTHER,
        14,
    ),
    (
        "member added to an operator family of PostgreSQL's own or of an extension",
        "members added to operator families of PostgreSQL's own or of extensions",
        ADDED_TO_OTHERS,
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
