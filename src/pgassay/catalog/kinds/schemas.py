"""Schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Schema(Record):
    """A schema that is not the system's; `public` counts, for it may be dropped and made again."""

    KIND: ClassVar[str] = "schema"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema",)

    schema: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its owner."""
        return f"owner {self.owner}"


# pg_namespace alone. initdb makes schema public too (2200, by which `system_objects` leaves it out), but it may be
# renamed, or dropped and made again.
QUERY = sql.SQL("""
SELECT n.nspname AS schema,
       pg_get_userbyid(n.nspowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_namespace AS n
WHERE (n.nspname = 'public' OR n.oid = 2200 OR {made}) AND {seen}
""")

SCHEMAS = Kind(
    record=Schema,
    query=QUERY,
    pieces={
        "privileges": fragments.grants("n.nspacl", "n", "n.nspowner"),
        "comment": fragments.comment("pg_namespace", "n.oid"),
        "made": fragments.made("pg_namespace", "n.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)
