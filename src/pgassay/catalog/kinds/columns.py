"""Columns of tables, views and materialized views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments, hiding
from pgassay.catalog.kind import Deparse, Home, Kind, Row, Since, Words
from pgassay.catalog.names import is_generated_name
from pgassay.catalog.record import Deparsed, Grant, Record


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Column(Record):
    """A column.

    Attributes:
        default: The default's expression; for a generated column its expression.
        identity_column: `always`, `by default`, or None.
        generated: `stored`, `virtual`, or None.
        not_null_name: The name of its NOT NULL constraint (18+) where it is not the generated one.
        not_null_validated: Whether NOT NULL holds for the rows that were there before it (18+: NOT VALID).
        not_null_no_inherit: Whether NOT NULL stays with this table (18+: NO INHERIT).
        not_null_comment: The comment on its NOT NULL constraint (18+).
        not_null_constraint: What that constraint is called in any case (18+), for the mend; not compared.
        collation: None where it is the type's own.
        statistics_target: None where it is the server's default.
        privileges: Those on the column itself.
        foreign_options: Of a foreign table's column, those of the wrapper. A value that may be secret reads `(hidden)`:
            that it changed cannot be seen.
    """

    KIND: ClassVar[str] = "column"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (
        ("table", "view", "materialized view"),
        2,
    )

    schema: str
    table: str
    name: str
    type: str
    not_null: bool
    not_null_name: str | None
    default: Deparsed | None
    identity_column: str | None
    generated: str | None
    collation: str | None
    storage: str
    compression: str | None
    statistics_target: int | None
    options: Mapping[str, str]
    local: bool
    privileges: frozenset[Grant]
    comment: str | None
    not_null_validated: bool = True
    not_null_no_inherit: bool = False
    not_null_comment: str | None = None
    not_null_constraint: str | None = field(compare=False, default=None)
    foreign_options: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """Type, and what is unusual about it."""
        not_null = " not null" if self.not_null else ""
        identity = f" generated {self.identity_column} as identity" if self.identity_column else ""
        generated = f" generated always as {self.default} {self.generated}" if self.generated else ""
        default = f" default {self.default}" if self.default and not self.generated else ""
        return f"{self.type}{not_null}{identity}{generated}{default}"


# pg_attribute of every relation that has a record; pg_type for the collation that is the type's own; pg_attrdef (its
# oid is what is deparsed later); pg_description; from 18 on pg_constraint for NOT NULL, which has a name there, and may
# not be valid.
QUERY = sql.SQL("""
SELECT {home},
       d.oid,
       d.oid IS NOT NULL AS deparse,
       n.nspname AS schema,
       c.relname AS "table",
       a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS not_null,
       {nn_name} AS not_null_name,
       {nn_validated} AS not_null_validated,
       {nn_no_inherit} AS not_null_no_inherit,
       {nn_comment} AS not_null_comment,
       {nn_constraint} AS not_null_constraint,
       a.attidentity AS identity_column,
       a.attgenerated AS generated,
       {collation} AS collation,
       a.attstorage AS storage,
       a.attcompression AS compression,
       nullif(a.attstattarget, -1) AS statistics_target,
       a.attoptions AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL THEN {foreign_options} END AS foreign_options,
       a.attislocal AS local,
       CASE WHEN a.attacl IS NOT NULL THEN {privileges} END AS privileges,
       {comment} AS comment
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
{nn_join}
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")

WORDS: Words = {
    "identity_column": {"": None, "a": "always", "d": "by default"},
    "generated": {"": None, "s": "stored", "v": "virtual"},
    "storage": {"p": "plain", "e": "external", "m": "main", "x": "extended"},
    "compression": {"": None, "p": "pglz", "l": "lz4"},
}


def _column(row: Row) -> dict[str, Any]:
    name = row["not_null_name"]
    if name is not None and is_generated_name(name, row["table"], row["name"], "not_null"):
        name = None
    return {"not_null_name": name}


COLUMNS = Kind(
    record=Column,
    home=Home("pg_class", "c.oid", rows="pg_attribute"),
    query=QUERY,
    pieces={
        # An inherited NOT NULL is called as the parent's, which says nothing of its own.
        "nn_name": Since(18, sql.SQL("CASE WHEN k.conislocal THEN k.conname END"), sql.SQL("NULL")),
        "nn_validated": Since(18, sql.SQL("coalesce(k.convalidated, true)"), sql.SQL("true")),
        "nn_no_inherit": Since(18, sql.SQL("coalesce(k.connoinherit, false)"), sql.SQL("false")),
        "nn_comment": Since(18, fragments.comment("pg_constraint", "k.oid"), sql.SQL("NULL")),
        "nn_constraint": Since(18, sql.SQL("k.conname"), sql.SQL("NULL")),
        "nn_join": Since(
            18,
            sql.SQL(
                "LEFT JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]"
            ),
            sql.SQL(""),
        ),
        "comment": fragments.comment("pg_class", "c.oid", "a.attnum"),
        "collation": fragments.collation("a.attcollation", "t.typcollation"),
        "foreign_options": hiding.options("a.attfdwoptions"),
        "privileges": fragments.grants("a.attacl", "c", "c.relowner"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL(
            'SELECT d.oid, pg_get_expr(d.adbin, d.adrelid) AS "default" FROM pg_attrdef AS d WHERE d.oid = ANY(%s)'
        ),
        columns=("default",),
        required=("default",),
    ),
    words=WORDS,
    given=_column,
)
