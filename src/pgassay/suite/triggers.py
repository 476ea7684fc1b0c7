"""Triggers: what they are, and whether they do their job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from pgassay.behaviors.triggers import try_trigger
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import TriggerBehavior
from pgassay.findings import Finding, Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def trigger_definitions(context: Context) -> Report:
    """Compare the triggers: timing, events, columns, WHEN, function, arguments, enabled state."""
    return structure_of(context, "trigger")


@check(Needs.TRIGGERS, Needs.SCRATCH)
def trigger_behavior(context: Context) -> Report:
    """Put every `[[trigger]]` of behavior.toml to the test, each on a database of its own."""
    return try_each(context, context.contract.behavior.triggers, _try)


def _try(entry: TriggerBehavior, database: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
    def superuser() -> psycopg.Connection[Any]:
        return database.server.connect(database.name)

    return try_trigger(entry, database.connect, catalog, superuser=superuser)
