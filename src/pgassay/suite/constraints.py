"""Constraints: whether they accept what is valid and reject what is not; what they are is compared in `tables`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from pgassay.behaviors.constraints import try_constraints
from pgassay.behaviors.constraints.find import find_rule
from pgassay.behaviors.entries import try_on
from pgassay.behaviors.scene import MissingError, find_relation
from pgassay.findings import Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context

UNTRIED = "constraints that could not be tried: {}; a [[constraint]] entry tries one, [rows] helps to make rows: {}"
ENTRIES = "constraints that have entries of their own, tried by constraint_behavior: {}"


@check(Needs.CONSTRAINTS, Needs.SCRATCH)
def constraint_behavior(context: Context) -> Report:
    """Put every `[[constraint]]` of behavior.toml to the test, each on a database of its own."""
    return try_each(context, context.contract.behavior.constraints, try_on)


@check(Needs.SCHEMA, Needs.SCRATCH)
def constraints_at_work(context: Context) -> Report:
    """Show of every constraint without an entry that it takes a valid row and refuses an invalid one."""
    catalog, named = context.sandbox.catalog(), frozenset(_named(context))
    with context.sandbox.new() as database, closing(database.connect()) as connection:
        seen = try_constraints(connection, catalog, named=named, settings=context.contract.behavior.rows)
    untried = "; ".join(f"{label} ({reason})" for label, reason in seen.untried.items())
    notes = [ENTRIES.format(len(named))] if named else []
    notes += [UNTRIED.format(len(seen.untried), untried)] if untried else []
    tried = len(seen.shown) + len(seen.findings)
    # Without a constraint, or where each has an entry, nothing is left to look at; where none could be tried, all is.
    return Report(
        title="",
        findings=tuple(seen.findings),
        looked_at=tried if seen.untried else max(1, tried),
        notes=tuple(notes),
    )


def _named(context: Context) -> Iterator[str]:
    """Yield the constraints that entries name; what they name and is not there, they report themselves."""
    catalog = context.sandbox.catalog()
    for entry in context.contract.behavior.constraints:
        try:
            yield find_rule(catalog, find_relation(catalog, entry.table), entry.constraint).label
        except MissingError:
            continue
