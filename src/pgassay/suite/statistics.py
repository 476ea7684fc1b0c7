"""Extended statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def statistics(context: Context) -> Report:
    """Compare extended statistics: kinds, columns, expressions, target."""
    return structure_of(context, "statistics object")
