"""Triggers: what they are, and whether they do their job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.behaviors.entries import try_on
from pgassay.findings import Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def trigger_definitions(context: Context) -> Report:
    """Compare the triggers: timing, events, columns, WHEN, function, arguments, enabled state."""
    return structure_of(context, "trigger")


@check(Needs.TRIGGERS, Needs.SCRATCH)
def trigger_behavior(context: Context) -> Report:
    """Put every `[[trigger]]` of behavior.toml to the test, each on a database of its own."""
    return try_each(context, context.contract.behavior.triggers, try_on)
