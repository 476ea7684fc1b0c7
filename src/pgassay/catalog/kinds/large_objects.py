"""Large objects: who owns them and who may use them; what they hold is data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.kind import Kind, Row
from pgassay.catalog.record import Grant, Record, RoleName

MOST = 10_000
"""How many are read: an application may keep millions, as data."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LargeObject(Record):
    """A large object; its contents are not read.

    Attributes:
        number: Its oid in digits: that is what DDL and applications call it.
    """

    KIND: ClassVar[str] = "large object"
    IDENTITY: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def label(self) -> str:
        """Kind and number."""
        return f"{self.KIND} {self.number}"

    @property
    def summary(self) -> str:
        """Its owner."""
        return f"owner {self.owner}"


def _left_out(row: Row) -> BlindSpot | None:
    """Say on the first row how many come after the last."""
    if row["left_out"] <= 0:
        return None
    return BlindSpot(
        f"every {LargeObject.KIND}",
        f"the first {MOST} were read, and {row['left_out']} were not",
        "accept it in schema/accepted.toml: so many are data",
    )


# pg_largeobject_metadata alone. initdb and extensions make none, and users may choose any oid.
LARGE_OBJECTS = Kind(
    record=LargeObject,
    among="pg_largeobject_metadata",
    query=sql.SQL("""
SELECT l.oid::text AS number,
       pg_get_userbyid(l.lomowner) AS owner,
       {privileges} AS privileges,
       obj_description(l.oid, 'pg_largeobject') AS comment,
       CASE row_number() OVER by_oid WHEN 1 THEN count(*) OVER () - {most} ELSE 0 END AS left_out
FROM pg_largeobject_metadata AS l
WINDOW by_oid AS (ORDER BY l.oid)
ORDER BY l.oid
LIMIT {most}
"""),
    pieces={"privileges": fragments.grants("l.lomacl", "L", "l.lomowner"), "most": sql.Literal(MOST)},
    blind=_left_out,
)
