"""Constraints: whether they accept what is valid and reject what is not; what they are is compared in `tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.behaviors.entries import try_on
from pgassay.findings import Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.CONSTRAINTS, Needs.SCRATCH)
def constraint_behavior(context: Context) -> Report:
    """Put every `[[constraint]]` of behavior.toml to the test, each on a database of its own."""
    return try_each(context, context.contract.behavior.constraints, try_on)
