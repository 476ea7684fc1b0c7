"""Constraints of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.constraint_text import definition
from pgassay.catalog.kind import Deparse, Home, Kind, Row, Since
from pgassay.catalog.record import Deparsed, Record


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Constraint(Record):
    """A constraint of a table: NOT NULL is the column's.

    Attributes:
        constraint_type: `check`, `foreign key`, `primary key`, `unique`, `exclusion` or `trigger`.
        definition: What ALTER TABLE ... ADD takes, without NOT VALID.
        references: The referenced table, qualified, or None.
        on_update: `no action`, `restrict`, `cascade`, `set null`, `set default`, or None.
        enforced: NOT ENFORCED (18+) makes it false.
        fires: Whether the internal triggers that do its work are all enabled (DISABLE TRIGGER ALL switches a foreign
            key off, and nothing else shows it).
        local: False where it is only inherited.
        parent: `schema.table.name` of the partitioned table's constraint that it is a part of, or None.
    """

    KIND: ClassVar[str] = "constraint"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table",), 2)
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    table: str
    name: str
    constraint_type: str
    definition: Deparsed
    columns: tuple[str, ...]
    references: str | None
    referenced_columns: tuple[str, ...]
    on_update: str | None
    on_delete: str | None
    match: str | None
    deferrable: bool
    deferred: bool
    validated: bool
    enforced: bool
    fires: bool
    no_inherit: bool
    local: bool
    comment: str | None
    parent: str | None = None

    @property
    def summary(self) -> str:
        """Definition, and whether it does its work."""
        states = {"not valid": not self.validated, "not enforced": not self.enforced, "does not fire": not self.fires}
        return ", ".join([self.definition, *(state for state, holds in states.items() if holds)])


# pg_constraint of tables (NOT NULL, 18+, is the column's); pg_class and pg_namespace of both tables; pg_index for what
# only it says of a key, which few have; pg_trigger for the internal triggers that do a foreign key's or a deferrable
# constraint's work, on both tables. A foreign key to a partitioned table has a row more for each of its partitions,
# with itself as parent and a generated name: part of it, so no records, but their triggers count.
# Definitions with expressions are deparsed later, the others are written here.
QUERY = sql.SQL("""
WITH silent AS MATERIALIZED (
    SELECT unnest(ARRAY[part.oid, whole.oid]) AS oid
      FROM pg_trigger AS t
      JOIN pg_constraint AS part ON part.oid = t.tgconstraint
      JOIN pg_class AS c ON c.oid = part.conrelid
      LEFT JOIN pg_constraint AS whole ON whole.oid = part.conparentid AND whole.conrelid = part.conrelid
     WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND {part}
)
SELECT {home},
       k.oid,
       k.contype IN ('c', 'x') AS deparse,
       n.nspname AS schema,
       c.relname AS "table",
       k.conname AS name,
       k.contype AS constraint_type,
       {columns} AS columns,
       CASE WHEN x.indnatts > x.indnkeyatts THEN {include} END AS include,
       {nulls_not_distinct} AS nulls_not_distinct,
       {period} AS period,
       {references} AS "references",
       CASE k.contype WHEN 'f' THEN {referenced_columns} END AS referenced_columns,
       CASE k.contype WHEN 'f' THEN k.confupdtype END AS on_update,
       CASE k.contype WHEN 'f' THEN k.confdeltype END AS on_delete,
       {delete_columns} AS delete_columns,
       CASE k.contype WHEN 'f' THEN k.confmatchtype END AS match,
       k.condeferrable AS deferrable,
       k.condeferred AS deferred,
       k.convalidated AS validated,
       {enforced} AS enforced,
       k.oid NOT IN (SELECT oid FROM silent WHERE oid IS NOT NULL) AS fires,
       k.contype = 'c' AND k.connoinherit AS no_inherit,
       k.conislocal AS local,
       CASE WHEN k.conparentid <> 0 THEN
           (SELECT {parent} FROM pg_constraint AS pk JOIN pg_class AS pc ON pc.oid = pk.conrelid
              JOIN pg_namespace AS pn ON pn.oid = pc.relnamespace
             WHERE pk.oid = k.conparentid)
       END AS parent,
       {comment} AS comment
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS rc ON rc.oid = k.confrelid
LEFT JOIN pg_namespace AS rn ON rn.oid = rc.relnamespace
LEFT JOIN pg_index AS x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u') AND {peculiar}
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x', 't') AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
  AND NOT EXISTS (SELECT FROM pg_constraint AS whole
                   WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid AND k.contype = 'f')
""")

ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
TYPES = {"c": "check", "f": "foreign key", "p": "primary key", "u": "unique", "x": "exclusion", "t": "trigger"}
MATCHES = {"s": "simple", "f": "full", "p": "partial"}


def _constraint(row: Row) -> dict[str, Any]:
    return {
        "definition": definition_of(row["definition"]) if row["deparse"] else Deparsed(definition(row)),
        "on_update": ACTIONS.get(row["on_update"]),
        "on_delete": ACTIONS.get(row["on_delete"]),
        "match": MATCHES.get(row["match"]),
    }


def definition_of(text: str) -> Deparsed:
    """Leave NOT VALID out of a definition: it has an attribute of its own, and VALIDATE mends it alone."""
    return Deparsed(text.removesuffix(" NOT VALID"))


CONSTRAINTS = Kind(
    record=Constraint,
    home=Home("pg_class", "c.oid", rows="pg_constraint"),
    query=QUERY,
    pieces={
        "columns": fragments.columns("k.conrelid", "k.conkey"),
        "include": fragments.columns("k.conrelid", "(x.indkey::int2[])[x.indnkeyatts:]"),
        "nulls_not_distinct": Since(15, sql.SQL("x.indnullsnotdistinct"), sql.SQL("false")),
        "peculiar": Since(
            15,
            sql.SQL("(x.indnatts > x.indnkeyatts OR x.indnullsnotdistinct)"),
            sql.SQL("x.indnatts > x.indnkeyatts"),
        ),
        "period": Since(18, sql.SQL("k.conperiod"), sql.SQL("false")),
        "references": fragments.qualified("rn.nspname", "rc.relname"),
        "referenced_columns": fragments.columns("k.confrelid", "k.confkey"),
        "delete_columns": Since(
            15,
            sql.SQL("CASE WHEN k.confdelsetcols IS NOT NULL THEN {} END").format(
                fragments.columns("k.conrelid", "k.confdelsetcols")
            ),
            sql.SQL("NULL::name[]"),
        ),
        "enforced": Since(18, sql.SQL("k.conenforced"), sql.SQL("true")),
        "parent": sql.SQL(
            "quote_ident(pn.nspname) || '.' || quote_ident(pc.relname) || '.' || quote_ident(pk.conname)"
        ),
        "comment": fragments.comment("pg_constraint", "k.oid"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL(
            "SELECT k.oid, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint AS k WHERE k.oid = ANY(%s)"
        ),
        columns=("definition",),
        required=("definition",),
    ),
    words={"constraint_type": TYPES},
    given=_constraint,
)
