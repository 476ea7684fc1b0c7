"""What reads differently because something that it names has changed, though no row of its own did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from pgassay.catalog.incremental.changes import Entry
from pgassay.catalog.incremental.homes import home_of
from pgassay.catalog.kind import Row
from pgassay.catalog.session import Statement


@dataclass(frozen=True, slots=True)
class Place:
    """Objects of one catalog that are at home in one place.

    Attributes:
        catalog: The name of the catalog.
        home: The oid of what they are read with, 0 where they cannot be read alone.
    """

    catalog: str
    home: int


# Dependences lead from what is named to what names it: a column's type, a view's tables, a trigger's function. A rule
# is where a view's query stands, so that a view is reached by its rule; a constraint by the triggers that do its work.
_REACHED = (
    sql.SQL("""
WITH RECURSIVE reached (classid, objid) AS (
    SELECT * FROM unnest(%(classes)s::oid[], %(objects)s::oid[])
    UNION
    SELECT next.classid, next.objid
      FROM reached AS r
     CROSS JOIN LATERAL (
           SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.refclassid = r.classid AND d.refobjid = r.objid
           UNION ALL
           SELECT 'pg_class'::regclass, w.ev_class FROM pg_rewrite AS w
            WHERE r.classid = 'pg_rewrite'::regclass AND w.oid = r.objid
           UNION ALL
           SELECT 'pg_constraint'::regclass, t.tgconstraint FROM pg_trigger AS t
            WHERE r.classid = 'pg_trigger'::regclass AND t.oid = r.objid AND t.tgconstraint <> 0
     ) AS next
)
SELECT DISTINCT classid::regclass::text AS catalog, coalesce({home}, 0)::bigint AS home FROM reached
""")
    .format(home=home_of(sql.SQL("classid"), sql.SQL("objid")))
    .as_bytes(None)
)

# Whoever alters an extension's member may change what is read of the extension.
_MEMBER = sql.SQL("""
SELECT EXISTS (SELECT FROM unnest(%(classes)s::oid[], %(objects)s::oid[]) AS x (classid, objid)
                 JOIN pg_depend AS d ON d.classid = x.classid AND d.objid = x.objid AND d.deptype = 'e') AS found
""").as_bytes(None)


def dependants(entries: Iterable[Entry]) -> Statement:
    """Return what asks for the places of these objects and of all that depends on them, rows `catalog`, `home`."""
    return _REACHED, _arrays(entries)


def is_any_member(entries: Iterable[Entry]) -> Statement:
    """Return what asks whether one of these objects is a member of an extension, one row `found`."""
    return _MEMBER, _arrays(entries)


def places(rows: Iterable[Row]) -> set[Place]:
    """Make places of the answer."""
    return {Place(row["catalog"], row["home"]) for row in rows}


def oids(numbers: Iterable[int]) -> str:
    """Write an array as PostgreSQL reads it: psycopg's has a type by its numbers' size, and a statement for each."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _arrays(entries: Iterable[Entry]) -> dict[str, str]:
    objects = {(entry.classid, entry.object) for entry in entries}
    return {"classes": oids(classid for classid, _ in objects), "objects": oids(oid for _, oid in objects)}
