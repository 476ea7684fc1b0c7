"""Mends of rules."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.mends.common import drop, set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import dotted, quote_name

ENABLE = {
    "origin": "ENABLE RULE",
    "disabled": "DISABLE RULE",
    "replica": "ENABLE REPLICA RULE",
    "always": "ENABLE ALWAYS RULE",
}


def create(rule: Rule, _context: Context) -> Statements:
    """Create a rule as PostgreSQL wrote it down, in its enabled state; a view that is made anew may have made it."""
    statements = [_replace(rule), *([] if rule.enabled == "origin" else [_enable(rule)])]
    return statements + (set_comment(rule, rule.comment) if rule.comment is not None else [])


def _replace(rule: Rule) -> str:
    return rule.definition.replace("CREATE RULE", "CREATE OR REPLACE RULE", 1)


def _enable(rule: Rule) -> str:
    return f"ALTER TABLE {dotted(rule.schema, rule.table)} {ENABLE[rule.enabled]} {quote_name(rule.name)};"


def alter(difference: Difference, _context: Context) -> Statements:
    """Replace what is defined otherwise, which keeps the enabled state; enable or disable."""
    wanted, _ = both(difference)
    enable = [_enable(wanted)] if difference.attribute("enabled") else []
    if len(difference.attributes) == len(enable):
        return enable
    return [_replace(wanted), *enable]


MENDERS = {Rule.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
