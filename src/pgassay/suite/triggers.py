"""Triggers: what they are, and whether they do their job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.behaviors.triggers import try_trigger
from pgassay.behaviors.verdicts import finding_of
from pgassay.contract.behavior import TriggerBehavior
from pgassay.errors import ContractError
from pgassay.findings import Finding, Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def trigger_definitions(context: Context) -> Report:
    """Compare the triggers: timing, events, columns, WHEN, function, arguments, enabled state."""
    return structure_of(context, "trigger")


@check(Needs.BEHAVIOR, Needs.SCRATCH)
def trigger_behavior(context: Context) -> Report:
    """Put every `[[trigger]]` of behavior.toml to the test, each on a database of its own."""
    entries = context.contract.behavior.triggers
    findings: list[Finding] = []
    for entry in entries:
        with context.sandbox.new() as database:
            findings += _try(context, entry, database)
    return Report(title="", findings=tuple(findings), looked_at=len(entries))


def _try(context: Context, entry: TriggerBehavior, database: ScratchDatabase) -> tuple[Finding, ...]:
    """Try one entry; one that cannot be tried does not keep the others, nor other checks, from being run."""
    try:
        return try_trigger(entry, database.connect, catalog=context.sandbox.catalog())
    except ContractError as error:
        wanted = "an entry that can be tried"
        return (finding_of(entry, "behavior-untried", expected=wanted, found=error.message, mend=error.hint or ""),)
