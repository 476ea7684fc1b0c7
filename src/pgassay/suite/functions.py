"""Functions: whether they do their job, and are what they claim to be; what they are is compared in `tables`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pgassay.behaviors.entries import try_on
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.findings import Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.FUNCTIONS, Needs.SCRATCH)
def function_behavior(context: Context) -> Report:
    """Put every `[[function]]` of behavior.toml to the test, each on a database of its own."""
    entries = context.contract.behavior.functions
    report = try_each(context, entries, try_on)
    unchecked = _in_plpgsql(context.sandbox.catalog()) - sum(entry.check for entry in entries)
    if unchecked <= 0:
        return report
    return replace(report, notes=(f"functions in plpgsql that plpgsql_check was not asked of: {unchecked}",))


def _in_plpgsql(catalog: Catalog) -> int:
    return sum(cast(Function, record).language == "plpgsql" for record in catalog.records.get("function", {}).values())
