"""Sequences; their positions are not compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Home, Kind
from pgassay.catalog.kinds.tables import PERSISTENCE
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sequence(Record):
    """A sequence.

    Attributes:
        owned_by: `schema.table.column` of what it is owned by, or None.
        identity_column: Whether it serves an identity column.
    """

    KIND: ClassVar[str] = "sequence"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    name: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    persistence: str
    owned_by: str | None
    identity_column: bool
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Type, and what owns it."""
        owned = f" owned by {self.owned_by}" if self.owned_by else ""
        return f"{self.type} start {self.start} increment {self.increment}{owned}"


# pg_sequence (pg_sequences and pg_sequence_parameters() hide what the role has no privilege on), pg_class; pg_depend
# from the sequence to a column: deptype a is OWNED BY, i is an identity column.
QUERY = sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       c.relname AS name,
       format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS minimum,
       s.seqmax AS maximum,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       c.relpersistence AS persistence,
       {table} || '.' || quote_ident(a.attname) AS owned_by,
       coalesce(d.deptype = 'i', false) AS identity_column,
       pg_get_userbyid(c.relowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")

SEQUENCES = Kind(
    record=Sequence,
    among="pg_sequence",
    home=Home("pg_class", "c.oid", rows="pg_sequence"),
    query=QUERY,
    pieces={
        "table": fragments.relation("d.refobjid"),
        "privileges": fragments.grants("c.relacl", "s", "c.relowner"),
        "comment": fragments.comment("pg_class", "c.oid"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words={"persistence": PERSISTENCE},
)
