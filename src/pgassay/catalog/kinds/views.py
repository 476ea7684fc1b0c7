"""Views and materialized views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind
from pgassay.catalog.record import Deparsed, Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class View(Record):
    """A view. Its columns are records of their own.

    Attributes:
        uses: The relations and functions that its definition names, for the order of mends; not compared.
    """

    KIND: ClassVar[str] = "view"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    columns: tuple[str, ...]
    definition: Deparsed
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
    uses: tuple[str, ...] = field(compare=False, default=())

    @property
    def summary(self) -> str:
        """Columns and owner."""
        return f"({', '.join(map(quote_name, self.columns))}), owner {self.owner}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MaterializedView(Record):
    """A materialized view. Its columns and indexes are records of their own.

    Attributes:
        uses: The relations and functions that its definition names, for the order of mends; not compared.
    """

    KIND: ClassVar[str] = "materialized view"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    columns: tuple[str, ...]
    definition: Deparsed
    populated: bool
    access_method: str
    tablespace: str | None
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
    uses: tuple[str, ...] = field(compare=False, default=())

    @property
    def summary(self) -> str:
        """Columns, owner, and whether it holds rows."""
        state = "" if self.populated else ", not populated"
        return f"({', '.join(map(quote_name, self.columns))}), owner {self.owner}{state}"


# pg_class, pg_attribute for the columns' order, pg_am; pg_rewrite for the rule that the view is, on which pg_depend
# says what it uses. The definition is deparsed later.
QUERY = sql.SQL("""
SELECT {home},
       c.oid,
       true AS deparse,
       n.nspname AS schema,
       c.relname AS name,
       (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       c.relispopulated AS populated,
       (SELECT am.amname FROM pg_am AS am WHERE am.oid = c.relam) AS access_method,
       {tablespace} AS tablespace,
       c.reloptions AS options,
       pg_get_userbyid(c.relowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment,
       {uses} AS uses
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.ev_type = '1'
WHERE c.relkind = {relkind} AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")

PIECES = {
    "tablespace": fragments.tablespace("c.reltablespace"),
    "privileges": fragments.grants("c.relacl", "r", "c.relowner"),
    "comment": fragments.comment("pg_class", "c.oid"),
    "uses": fragments.uses("pg_rewrite", "r.oid", itself="c.oid"),
    "made": fragments.made("pg_class", "c.oid"),
    "seen": fragments.seen("n.nspname"),
}

# Keeps ACCESS SHARE on the view and on everything that it names until the transaction ends: few in a batch.
DEFINITION = Deparse(
    sql.SQL("SELECT c.oid, pg_get_viewdef(c.oid) AS definition FROM pg_class AS c WHERE c.oid = ANY(%s)"),
    columns=("definition",),
    required=("definition",),
    weight=100,
)

VIEWS = Kind(
    record=View,
    among="pg_class WHERE oid >= 16384 AND relkind = 'v' AND ('pg_class'::regclass, oid) NOT IN (SELECT * FROM member)",
    home=Home("pg_class", "c.oid", rows="pg_class"),
    query=QUERY,
    pieces={**PIECES, "relkind": sql.Literal("v")},
    deparse=DEFINITION,
)
MATERIALIZED_VIEWS = Kind(
    record=MaterializedView,
    among="pg_class WHERE oid >= 16384 AND relkind = 'm'",
    home=Home("pg_class", "c.oid", rows="pg_class"),
    query=QUERY,
    pieces={**PIECES, "relkind": sql.Literal("m")},
    deparse=DEFINITION,
)
