"""Constraints: whether they accept what is valid and reject what is not; what they are is compared in `tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.behaviors.constraints import try_constraint
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import ConstraintBehavior
from pgassay.findings import Finding, Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context


@check(Needs.CONSTRAINTS, Needs.SCRATCH)
def constraint_behavior(context: Context) -> Report:
    """Put every `[[constraint]]` of behavior.toml to the test, each on a database of its own."""
    return try_each(context, context.contract.behavior.constraints, _try)


def _try(entry: ConstraintBehavior, database: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
    return try_constraint(entry, database.connect, catalog)
