"""Which relations a template has, and where each lies: what a write to a block of a clone is understood by.

A clone has its template's files, under the same numbers, so one inventory serves all clones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

FIRST_NORMAL_OID = 16384  # below are initdb's own relations (FirstNormalObjectId in PostgreSQL's transam.h)

_READ: LiteralString = """
SELECT c.oid::bigint,
       n.nspname,
       c.relname,
       c.relkind::text,
       c.relpersistence = 'u',
       coalesce(nullif(c.reltablespace, 0), d.dattablespace)::bigint,
       pg_relation_filenode(c.oid)::bigint, -- relfilenode is 0 for the few catalogs that the relation map names
       pg_relation_size(c.oid) / current_setting('block_size')::bigint,
       -- what fires in our own session, too, whose session_replication_role is replica
       EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R'))
       OR EXISTS (SELECT FROM pg_rewrite AS r
                   WHERE r.ev_class = c.oid AND r.ev_type = '4' AND r.ev_enabled IN ('A', 'R'))
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_database AS d ON d.datname = current_database()
 WHERE c.relkind IN ('r', 'm', 'S', 'i', 't')
   AND c.relpersistence <> 't'
   AND NOT c.relisshared
"""


class Place(NamedTuple):
    """Where a relation's file is: numbers of files are unique within a tablespace and a database."""

    tablespace: int
    filenode: int


class Kind(Enum):
    """What a relation is, for who brings a database back."""

    CATALOG = "catalog"
    TABLE = "table"
    VIEW = "materialized view"
    SEQUENCE = "sequence"
    STORAGE = "index or toast table"  # has no content of its own: whatever changes it for good changes its table


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of the template.

    Attributes:
        oid: Its oid, in every clone, too.
        schema: Its schema's name.
        name: Its own name.
        kind: What it is.
        unlogged: Whether changes to it are not in the WAL.
        place: Where its file is.
        pages: How many pages it has.
        guarded: Whether a trigger or rule fires even when we delete.
    """

    oid: int
    schema: str
    name: str
    kind: Kind
    unlogged: bool
    place: Place
    pages: int
    guarded: bool

    def __hash__(self) -> int:
        """Hash what tells it from the others of its template; all of it would take ten times as long."""
        return self.oid

    @property
    def identifier(self) -> sql.Identifier:
        """Its name, for SQL."""
        return sql.Identifier(self.schema, self.name)

    def __str__(self) -> str:
        return f'{self.kind.value} "{self.schema}"."{self.name}"'


@dataclass(frozen=True)
class Inventory:
    """All relations of a template."""

    relations: tuple[Relation, ...]

    @cached_property
    def by_place(self) -> Mapping[Place, Relation]:
        """The relations by where they lie."""
        return {relation.place: relation for relation in self.relations}

    @cached_property
    def countable(self) -> tuple[Relation, ...]:
        """Those that hold rows."""
        return self.of(Kind.CATALOG, Kind.TABLE, Kind.VIEW)

    @cached_property
    def unlogged(self) -> tuple[Relation, ...]:
        """Those whose changes the WAL does not show."""
        return tuple(r for r in self.relations if r.unlogged and r.kind is not Kind.STORAGE)

    def of(self, *kinds: Kind) -> tuple[Relation, ...]:
        """Return the relations of some kinds."""
        return tuple(relation for relation in self.relations if relation.kind in kinds)


def read_inventory(connection: psycopg.Connection[Any]) -> Inventory:
    """Read the inventory of the database that a session is in."""
    rows = connection.execute(_READ).fetchall()
    return Inventory(
        tuple(
            Relation(oid, schema, name, _kind(oid, letter), unlogged, Place(tablespace, filenode), pages, guarded)
            for oid, schema, name, letter, unlogged, tablespace, filenode, pages, guarded in rows
        )
    )


def _kind(oid: int, letter: str) -> Kind:
    if letter == "r":
        return Kind.CATALOG if oid < FIRST_NORMAL_OID else Kind.TABLE
    return {"m": Kind.VIEW, "S": Kind.SEQUENCE}.get(letter, Kind.STORAGE)
