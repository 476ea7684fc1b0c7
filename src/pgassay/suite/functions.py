"""Functions: whether they do their job, and are what they claim to be; what they are is compared in `tables`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import psycopg

from pgassay.behaviors.entries import try_on
from pgassay.behaviors.functions.find import find_function
from pgassay.behaviors.functions.lint import lint_error
from pgassay.behaviors.functions.plpgsql_check import Checker
from pgassay.behaviors.scene import MissingError
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context


UNASKED = "functions in plpgsql that plpgsql_check was not asked of: {}"


@check(Needs.FUNCTIONS, Needs.SCRATCH)
def function_behavior(context: Context) -> Report:
    """Put every `[[function]]` of behavior.toml to the test, and ask plpgsql_check for errors in all functions."""
    report = try_each(context, context.contract.behavior.functions, try_on)
    with context.sandbox.new() as database, closing(database.connect()) as connection:
        catalog = context.sandbox.catalog()
        others = _others(context.contract.behavior.functions, connection, catalog)
        checker = Checker.find(connection, catalog)
        asked = [function for function in others if checker is not None and checker.uses(function)]
        found = [lint_error(checker, function) for function in asked] if checker is not None else []
    findings = (*report.findings, *(finding for finding in found if finding is not None))
    unasked = len(others) - len(asked)
    return replace(report, findings=findings, notes=(UNASKED.format(unasked),) if unasked else ())


def _others(
    entries: Sequence[FunctionBehavior], connection: psycopg.Connection[Any], catalog: Catalog
) -> list[Function]:
    """Return the functions in plpgsql of which no entry says that they are to be checked."""
    checked = set()
    for entry in entries:
        with suppress(MissingError):
            checked |= {find_function(connection, catalog, entry.function).label} if entry.check else set()
    functions = (cast(Function, record) for record in catalog.records.get("function", {}).values())
    return [f for f in functions if f.language == "plpgsql" and f.label not in checked]
