"""Mends of triggers and row security policies."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.mends.common import drop as drop_object
from pgassay.catalog.mends.common import set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import dotted, quote_name, role, sentence

ENABLE = {
    "origin": "ENABLE TRIGGER",
    "disabled": "DISABLE TRIGGER",
    "replica": "ENABLE REPLICA TRIGGER",
    "always": "ENABLE ALWAYS TRIGGER",
}


def create_trigger(trigger: Trigger, _context: Context) -> Statements:
    """Create a trigger as PostgreSQL wrote it down, in its enabled state."""
    if trigger.parent is not None:
        return [sentence(f"create {trigger.parent}: it reaches all partitions")]
    statements = [f"{trigger.definition};"]
    statements += [] if trigger.enabled == "origin" else [_enable(trigger)]
    return statements + (set_comment(trigger, trigger.comment) if trigger.comment is not None else [])


def _enable(trigger: Trigger) -> str:
    table = dotted(trigger.schema, trigger.table)
    return f"ALTER TABLE {table} {ENABLE[trigger.enabled]} {quote_name(trigger.name)};"


def alter_trigger(difference: Difference, context: Context) -> Statements:
    """Enable or disable; make anew what is defined otherwise."""
    wanted, found = both(difference)
    if [attribute.name for attribute in difference.attributes] == ["enabled"]:
        return [_enable(wanted)]
    return [*drop_object(found), *create_trigger(wanted, context)]


def create_policy(policy: Policy, _context: Context) -> Statements:
    """Create a policy."""
    kind = "PERMISSIVE" if policy.permissive else "RESTRICTIVE"
    name = f"{quote_name(policy.name)} ON {dotted(policy.schema, policy.table)}"
    statement = f"CREATE POLICY {name} AS {kind} FOR {policy.command.upper()} TO {_roles(policy)}{_conditions(policy)};"
    return [statement, *(set_comment(policy, policy.comment) if policy.comment is not None else [])]


def _roles(policy: Policy) -> str:
    return ", ".join(role(name) for name in sorted(policy.roles))


def _conditions(policy: Policy) -> str:
    using = f" USING ({policy.using})" if policy.using is not None else ""
    check = f" WITH CHECK ({policy.check})" if policy.check is not None else ""
    return using + check


def alter_policy(difference: Difference, context: Context) -> Statements:
    """Alter roles and conditions; make anew what is for another command or sort, or loses a condition."""
    wanted, found = both(difference)
    names = {attribute.name for attribute in difference.attributes}
    loses = any(attribute.expected is None for attribute in difference.attributes)
    if names <= {"roles", "using", "check"} and not loses:
        name = f"{quote_name(wanted.name)} ON {dotted(wanted.schema, wanted.table)}"
        return [f"ALTER POLICY {name} TO {_roles(wanted)}{_conditions(wanted)};"]
    return [*drop_object(found), *create_policy(wanted, context)]


MENDERS = {
    Trigger.KIND: Mender(create=create_trigger, drop=lambda r, _c: drop_object(r), alter=alter_trigger),
    Policy.KIND: Mender(create=create_policy, drop=lambda r, _c: drop_object(r), alter=alter_policy),
}
