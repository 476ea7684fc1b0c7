"""Rules, and triggers on events of the whole database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def rules(context: Context) -> Report:
    """Compare rules and event triggers: event, condition, what they do, enabled state."""
    return structure_of(context, "rule", "event trigger")
