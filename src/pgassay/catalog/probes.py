"""Where a text that PostgreSQL wrote can be given back to it: one statement that takes it, one query that reads it.

A probe makes something new beside the object that the text is of (a constraint, an index, a view, ...), all of them
called `pgassay_probe`, so that the server parses the text in the same surroundings and writes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from psycopg import sql

from pgassay.catalog.kinds import rules
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint, definition_of
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.publications import PublicationTable
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import Domain
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.sqltext import dotted
from pgassay.catalog.trigger_text import take_apart

RuleParts = tuple[str | None, str]
"""A rule's condition and action."""

PROBE = "pgassay_probe"
NAME = sql.Identifier(PROBE)
TRIGGER_FUNCTION = sql.SQL("pg_catalog.suppress_redundant_updates_trigger()")  # any will do: it never runs


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to give a text back.

    Attributes:
        give: The statement that makes the server parse the text.
        read: The query for what the server then writes; one row, one column.
        find: What of that the text is.
    """

    give: sql.Composed
    read: sql.Composed
    find: Callable[[str], str | None] = str


def _raw(text: str) -> sql.SQL:
    """Take text that a server wrote for SQL: it is sent alone, by the extended protocol, and rolled back."""
    return sql.SQL(text)


def _oid(*name: str) -> sql.Composed:
    return sql.SQL("{}::regclass").format(sql.Identifier(*name).as_string(None))


def _default(column: Column, text: str, _place: int) -> Probe:
    """Set a column's default; beside a generated column, add another one."""
    if column.generated:
        name = PROBE
        parts = (NAME, _raw(column.type), _raw(text), _raw(column.generated.upper()))
        action = sql.SQL("ADD COLUMN {} {} GENERATED ALWAYS AS ({}) {}").format(*parts)
    else:
        name = column.name
        action = sql.SQL("ALTER COLUMN {} SET DEFAULT {}").format(sql.Identifier(name), _raw(text))
    return Probe(
        sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(column.schema, column.table), action),
        sql.SQL("""
SELECT pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE d.adrelid = {} AND a.attname = {}""").format(_oid(column.schema, column.table), name),
    )


def _constraint(constraint: Constraint, text: str, _place: int) -> Probe:
    """Add the same constraint again."""
    table = sql.Identifier(constraint.schema, constraint.table)
    return Probe(
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(table, NAME, _raw(text)),
        sql.SQL("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {} AND conname = {}").format(
            _oid(constraint.schema, constraint.table), PROBE
        ),
        definition_of,
    )


def _index_key(index: Index, text: str, place: int) -> Probe:
    """Create an index of one key, of the same method, collation and operator class."""
    key = index.columns[place]
    collation = sql.SQL(" COLLATE {}").format(_raw(key.collation)) if key.collation else sql.SQL("")
    parts = (NAME, _of(index), sql.Identifier(index.method), _raw(text), collation, _raw(key.operator_class))
    return Probe(
        sql.SQL("CREATE INDEX {} ON {} USING {} (({}){} {})").format(*parts),
        sql.SQL("SELECT pg_get_indexdef({}, 1, false)").format(_oid(index.schema, PROBE)),
    )


def _predicate(index: Index, text: str, _place: int) -> Probe:
    """Create an index of a constant with the predicate."""
    return Probe(
        sql.SQL("CREATE INDEX {} ON {} ((1)) WHERE {}").format(NAME, _of(index), _raw(text)),
        sql.SQL("SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = {}").format(
            _oid(index.schema, PROBE)
        ),
    )


def _of(index: Index) -> sql.Identifier:
    return sql.Identifier(index.schema, index.table)


def _policy(policy: Policy, text: str, _place: int) -> Probe:
    """Create a policy for all commands: both its conditions are of the table's row."""
    return Probe(
        sql.SQL("CREATE POLICY {} ON {} USING ({})").format(
            NAME, sql.Identifier(policy.schema, policy.table), _raw(text)
        ),
        sql.SQL("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = {} AND polname = {}").format(
            _oid(policy.schema, policy.table), PROBE
        ),
    )


def _when(trigger: Trigger, text: str, _place: int) -> Probe:
    """Create a trigger for the same events."""
    events = sql.SQL(" OR ").join(_raw(event.upper()) for event in sorted(trigger.events))
    relation = sql.Identifier(trigger.schema, trigger.table)
    parts = (NAME, _raw(trigger.timing.upper()), events, relation, _raw(trigger.level.upper()), _raw(text))
    return Probe(
        sql.SQL("CREATE TRIGGER {} {} {} ON {} FOR EACH {} WHEN ({}) EXECUTE FUNCTION ").format(*parts)
        + TRIGGER_FUNCTION,
        sql.SQL("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = {} AND tgname = {}").format(
            _oid(trigger.schema, trigger.table), PROBE
        ),
        lambda definition: take_apart(definition)[0],
    )


def _rule_condition(rule: Rule, text: str, _place: int) -> Probe:
    """Create a rule for the same event that does nothing."""
    return _rule(rule, sql.SQL("WHERE {} DO NOTHING").format(_raw(text)), lambda parts: parts[0])


def _rule_action(rule: Rule, text: str, _place: int) -> Probe:
    """Create a rule for the same event without a condition."""
    return _rule(rule, sql.SQL("DO {}").format(_raw(text)), lambda parts: parts[1])


def _rule(rule: Rule, rest: sql.Composed, find: Callable[[RuleParts], str | None]) -> Probe:
    relation = sql.Identifier(rule.schema, rule.table)
    event = rule.event
    return Probe(
        sql.SQL("CREATE RULE {} AS ON {} TO {} {}").format(NAME, _raw(event.upper()), relation, rest),
        sql.SQL("SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = {} AND rulename = {}").format(
            _oid(rule.schema, rule.table), PROBE
        ),
        lambda written: find(rules.take_apart(written, PROBE, event, dotted(rule.schema, rule.table))),
    )


def _statistics(statistics: StatisticsObject, text: str, _place: int) -> Probe:
    """Create statistics on the one expression."""
    name = sql.Identifier(statistics.schema, PROBE)
    return Probe(
        sql.SQL("CREATE STATISTICS {} ON ({}) FROM {}").format(name, _raw(text), _raw(statistics.table)),
        sql.SQL("""
SELECT (pg_get_statisticsobjdef_expressions(s.oid))[1]
  FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
 WHERE n.nspname = {} AND s.stxname = {}""").format(statistics.schema, PROBE),
    )


def _row_filter(member: PublicationTable, text: str, _place: int) -> Probe:
    """Create a publication of the table with the filter."""
    relation = sql.Identifier(member.schema, member.table)
    return Probe(
        sql.SQL("CREATE PUBLICATION {} FOR TABLE ONLY {} WHERE ({})").format(NAME, relation, _raw(text)),
        sql.SQL("""
SELECT pg_get_expr(m.prqual, m.prrelid)
  FROM pg_publication_rel AS m JOIN pg_publication AS p ON p.oid = m.prpubid
 WHERE p.pubname = {}""").format(PROBE),
    )


def _query(view: View | MaterializedView, text: str, _place: int) -> Probe:
    """Create a view of the query, also of a materialized view's: it is not executed then."""
    return Probe(
        sql.SQL("CREATE VIEW {} AS {}").format(sql.Identifier(view.schema, PROBE), _raw(text)),
        sql.SQL("SELECT pg_get_viewdef({})").format(_oid(view.schema, PROBE)),
    )


def _domain_default(domain: Domain, text: str, _place: int) -> Probe:
    """Create a domain over the same type with the default."""
    return Probe(
        sql.SQL("CREATE DOMAIN {} AS {} DEFAULT {}").format(
            sql.Identifier(domain.schema, PROBE), _raw(domain.type), _raw(text)
        ),
        sql.SQL("SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = {}::regtype").format(
            sql.Identifier(domain.schema, PROBE).as_string(None)
        ),
    )


def _domain_constraint(domain: Domain, text: str, _place: int) -> Probe:
    """Create a domain over the same type with the constraint."""
    return Probe(
        sql.SQL("CREATE DOMAIN {} AS {} CONSTRAINT {} {}").format(
            sql.Identifier(domain.schema, PROBE), _raw(domain.type), NAME, _raw(text)
        ),
        sql.SQL("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = {}::regtype").format(
            sql.Identifier(domain.schema, PROBE).as_string(None)
        ),
        definition_of,
    )


PROBES: Mapping[tuple[str, str], Callable[[Any, str, int], Probe]] = MappingProxyType(
    {
        (Column.KIND, "default"): _default,
        (Constraint.KIND, "definition"): _constraint,
        (Index.KIND, "columns"): _index_key,
        (Index.KIND, "predicate"): _predicate,
        (Policy.KIND, "using"): _policy,
        (Policy.KIND, "check"): _policy,
        (Trigger.KIND, "when"): _when,
        (Rule.KIND, "condition"): _rule_condition,
        (Rule.KIND, "action"): _rule_action,
        (StatisticsObject.KIND, "expressions"): _statistics,
        (PublicationTable.KIND, "row_filter"): _row_filter,
        (View.KIND, "definition"): _query,
        (MaterializedView.KIND, "definition"): _query,
        (Domain.KIND, "default"): _domain_default,
        (Domain.KIND, "constraints"): _domain_constraint,
    }
)
"""Kind and attribute -> record of the object, text, place within the attribute -> how the text is given back."""
