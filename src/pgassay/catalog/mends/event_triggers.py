"""Mends of event triggers."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import literal, quote_name

ENABLE = {"origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


def create(trigger: EventTrigger, _context: Context) -> Statements:
    """Create an event trigger in its enabled state."""
    tags = f" WHEN TAG IN ({', '.join(map(literal, sorted(trigger.tags)))})" if trigger.tags else ""
    head = f"CREATE EVENT TRIGGER {quote_name(trigger.name)} ON {trigger.event}{tags}"
    enable = [] if trigger.enabled == "origin" else [_enable(trigger)]
    return [f"{head} EXECUTE FUNCTION {trigger.function}();", *enable, *finish(trigger)]


def _enable(trigger: EventTrigger) -> str:
    return f"ALTER {named(trigger)} {ENABLE[trigger.enabled]};"


def alter(difference: Difference, context: Context) -> Statements:
    """Enable or disable; make anew what is defined otherwise."""
    wanted, found = both(difference)
    if [attribute.name for attribute in difference.attributes] == ["enabled"]:
        return [_enable(wanted)]
    return [*drop(found), *create(wanted, context)]


MENDERS = {EventTrigger.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
