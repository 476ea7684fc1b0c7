"""Triggers that users made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind, Row
from pgassay.catalog.record import Deparsed, Record, quote_name
from pgassay.catalog.trigger_text import take_apart


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Trigger(Record):
    """A trigger.

    Attributes:
        timing: `before`, `after` or `instead of`.
        events: Of `insert`, `update`, `delete`, `truncate`.
        update_columns: The columns of UPDATE OF.
        level: `row` or `statement`.
        function: Qualified name of the function.
        arguments: Its arguments.
        enabled: `origin` (the usual one), `disabled`, `replica` or `always`.
        parent: The partitioned table's trigger that this one is a clone of, or None.
        definition: What CREATE TRIGGER takes, for the mend; not compared.
        extension: Whose member its table or view is, or None; not compared.
    """

    KIND: ClassVar[str] = "trigger"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table", "view"), 2)

    schema: str
    table: str
    name: str
    timing: str
    events: frozenset[str]
    update_columns: tuple[str, ...]
    level: str
    when: Deparsed | None
    function: str
    arguments: tuple[str, ...]
    enabled: str
    constraint: bool
    deferrable: bool
    deferred: bool
    references: str | None
    old_table: str | None
    new_table: str | None
    parent: str | None
    comment: str | None
    definition: str = field(compare=False, default="")
    extension: str | None = field(compare=False, default=None)

    @property
    def summary(self) -> str:
        """When it fires, what it calls, and whether it is on."""
        events = " or ".join(sorted(self.events))
        columns = f" of {', '.join(map(quote_name, self.update_columns))}" if self.update_columns else ""
        when = f" when ({self.when})" if self.when else ""
        return f"{self.timing} {events}{columns} for each {self.level}{when} calls {self.function}, {self.enabled}"


# pg_trigger and its relation. A row trigger of a partitioned table is cloned onto each partition, and 14 calls such a
# clone internal; what a constraint (other than CREATE CONSTRAINT TRIGGER) needs is internal everywhere. A trigger is no
# member of an extension: one on a member may be anybody's, and is the extension's own where it calls a function of it.
QUERY = sql.SQL("""
SELECT {home},
       t.oid,
       t.tgqual IS NOT NULL AS deparse,
       n.nspname AS schema,
       c.relname AS "table",
       t.tgname AS name,
       t.tgtype AS type,
       {update_columns} AS update_columns,
       CASE WHEN t.tgqual IS NULL THEN pg_get_triggerdef(t.oid) END AS definition,
       {function} AS function,
       t.tgenabled AS enabled,
       t.tgconstraint <> 0 AS "constraint",
       t.tgdeferrable AS deferrable,
       t.tginitdeferred AS deferred,
       {references} AS "references",
       t.tgoldtable AS old_table,
       t.tgnewtable AS new_table,
       (SELECT {parent} FROM pg_trigger AS pt JOIN pg_class AS pc ON pc.oid = pt.tgrelid
          JOIN pg_namespace AS pn ON pn.oid = pc.relnamespace
         WHERE pt.oid = t.tgparentid) AS parent,
       {comment} AS comment,
       {extension} AS extension
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE t.oid >= 16384 AND c.relpersistence <> 't' AND {part} AND {seen}
  AND ({extension} = {extension_of_function}) IS NOT TRUE
  AND (NOT t.tgisinternal
       OR t.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint AS k
                                             WHERE k.oid = t.tgconstraint AND k.contype <> 't'))
""")

ENABLED = {"O": "origin", "D": "disabled", "R": "replica", "A": "always"}

# The bits of tgtype, from pg_trigger.h; a trigger that is neither before nor instead of is after.
ROW, BEFORE, INSTEAD = 1, 2, 64
EVENTS = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}


def _trigger(row: Row) -> dict[str, Any]:
    bits = row["type"]
    when, arguments = take_apart(row["definition"])
    return {
        "timing": "before" if bits & BEFORE else "instead of" if bits & INSTEAD else "after",
        "events": frozenset(event for bit, event in EVENTS.items() if bits & bit),
        "level": "row" if bits & ROW else "statement",
        "when": when,
        "arguments": arguments,
    }


TRIGGERS = Kind(
    record=Trigger,
    among="pg_trigger",
    home=Home("pg_class", "c.oid", rows="pg_trigger"),
    query=QUERY,
    pieces={
        "update_columns": fragments.columns("t.tgrelid", "t.tgattr::int2[]"),
        "function": fragments.function("t.tgfoid"),
        "references": fragments.relation("nullif(t.tgconstrrelid, 0)"),
        "parent": sql.SQL("quote_ident(pn.nspname) || '.' || quote_ident(pc.relname) || '.' || quote_ident(pt.tgname)"),
        "comment": fragments.comment("pg_trigger", "t.oid"),
        "extension": fragments.extension_of("pg_class", "c.oid"),
        "extension_of_function": fragments.extension_of("pg_proc", "t.tgfoid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("SELECT t.oid, pg_get_triggerdef(t.oid) AS definition FROM pg_trigger AS t WHERE t.oid = ANY(%s)"),
        columns=("definition",),
        required=("definition",),
    ),
    words={"enabled": ENABLED},
    given=_trigger,
)
