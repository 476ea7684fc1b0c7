"""Functions: whether they do their job, and are what they claim to be; what they are is compared in `tables`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pgassay.behaviors.functions import try_function
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding, Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context


@check(Needs.FUNCTIONS, Needs.SCRATCH)
def function_behavior(context: Context) -> Report:
    """Put every `[[function]]` of behavior.toml to the test, each on a database of its own."""
    entries = context.contract.behavior.functions
    report = try_each(context, entries, _try)
    unchecked = _in_plpgsql(context.sandbox.catalog()) - sum(entry.check for entry in entries)
    if unchecked <= 0:
        return report
    return replace(
        report, notes=(f"plpgsql_check was not asked of {unchecked} functions in plpgsql: say check = true",)
    )


def _try(entry: FunctionBehavior, database: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
    return try_function(entry, database.connect, catalog)


def _in_plpgsql(catalog: Catalog) -> int:
    return sum(cast(Function, record).language == "plpgsql" for record in catalog.records.get("function", {}).values())
