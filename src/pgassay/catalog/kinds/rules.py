"""Rewrite rules of tables and views; the rule that makes a view is the view's definition."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind, Row
from pgassay.catalog.kinds.triggers import ENABLED
from pgassay.catalog.record import Deparsed, Record, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rule(Record):
    """A rule.

    Attributes:
        event: `insert`, `update` or `delete`.
        condition: What WHERE says, or None.
        action: What it does: `NOTHING`, one statement, or several in parentheses.
        enabled: `origin` (the usual one), `disabled`, `replica` or `always`.
        definition: What CREATE RULE takes, for the mend; not compared.
        extension: Whose member its table or view is, or None; not compared.
    """

    KIND: ClassVar[str] = "rule"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table", "view"), 2)

    schema: str
    table: str
    name: str
    event: str
    instead: bool
    condition: Deparsed | None
    action: Deparsed
    enabled: str
    comment: str | None
    definition: str = field(compare=False, default="")
    extension: str | None = field(compare=False, default=None)

    @property
    def summary(self) -> str:
        """When it acts, what it does, and whether it is on."""
        where = f" where {self.condition}" if self.condition else ""
        instead = "instead" if self.instead else "also"
        return f"on {self.event}{where} do {instead} {self.action}, {self.enabled}"


# pg_rewrite and its relation; a rule ON SELECT (1) makes a view. Rules are deparsed later: their actions are queries.
# A rule is no member of an extension: one on a member may be anybody's.
QUERY = sql.SQL("""
SELECT {home},
       r.oid,
       true AS deparse,
       n.nspname AS schema,
       c.relname AS "table",
       r.rulename AS name,
       r.ev_type AS event,
       r.is_instead AS instead,
       r.ev_enabled AS enabled,
       {extension} AS extension,
       obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_rewrite AS r
JOIN pg_class AS c ON c.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE r.ev_type <> '1' AND r.oid >= 16384 AND c.relpersistence <> 't' AND {part} AND {seen}
""")

EVENTS = {"2": "update", "3": "insert", "4": "delete"}  # CmdType in nodes.h

# Quoted names and strings are passed over; DO is a reserved word, so a bare one can only be the rule's.
BEFORE_DO = re.compile(r"""(?P<before>(?:[^'"]|'[^']*'|"[^"]*")*?) DO (?:INSTEAD )?\s*(?P<action>.*);""", re.DOTALL)


def take_apart(definition: str, name: str, event: str, table: str) -> tuple[Deparsed | None, Deparsed]:
    """Return the condition and the action of a rule.

    Args:
        definition: What pg_get_ruledef() wrote.
        name: The rule's name.
        event: In lower case.
        table: Its table's qualified name, as SQL writes it.
    """
    head = f"CREATE RULE {quote_name(name)} AS\n    ON {event.upper()} TO {table}"
    found = BEFORE_DO.fullmatch(definition.removeprefix(head))
    if found is None:
        return None, Deparsed(definition)
    condition = found["before"].strip().removeprefix("WHERE ")
    return Deparsed(condition) if condition else None, Deparsed(found["action"])


def _rule(row: Row) -> dict[str, Any]:
    table = f"{quote_name(row['schema'])}.{quote_name(row['table'])}"
    event = EVENTS[row["event"]]
    condition, action = take_apart(row["definition"], row["name"], event, table)
    return {"event": event, "condition": condition, "action": action}


RULES = Kind(
    record=Rule,
    among="pg_rewrite WHERE oid >= 16384 AND ev_type <> '1'",
    home=Home("pg_class", "c.oid", rows="pg_rewrite"),
    query=QUERY,
    pieces={"extension": fragments.extension_of("pg_class", "c.oid"), "seen": fragments.seen("n.nspname")},
    deparse=Deparse(
        sql.SQL("SELECT r.oid, pg_get_ruledef(r.oid) AS definition FROM pg_rewrite AS r WHERE r.oid = ANY(%s)"),
        columns=("definition",),
        required=("definition",),
        weight=100,
    ),
    words={"enabled": ENABLED},
    given=_rule,
)
