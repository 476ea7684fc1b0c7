"""Conversions between encodings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Conversion(Record):
    """A conversion from one encoding to another.

    Attributes:
        function: Qualified name of the function.
        default: Whether it is the one that is used where its schema is on the search path.
    """

    KIND: ClassVar[str] = "conversion"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    source: str
    destination: str
    function: str
    default: bool
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """Encodings and function."""
        return f"{'default ' if self.default else ''}from {self.source} to {self.destination} by {self.function}"


# pg_conversion and its schema.
CONVERSIONS = Kind(
    record=Conversion,
    among="pg_conversion WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       c.conname AS name,
       pg_encoding_to_char(c.conforencoding) AS source,
       pg_encoding_to_char(c.contoencoding) AS destination,
       {function} AS function,
       c.condefault AS "default",
       pg_get_userbyid(c.conowner) AS owner,
       obj_description(c.oid, 'pg_conversion') AS comment
FROM pg_conversion AS c
JOIN pg_namespace AS n ON n.oid = c.connamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "function": fragments.function("c.conproc"),
        "made": fragments.made("pg_conversion", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)
