"""accepted.toml: what is accepted there must still be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.contract.accepted import unused
from pgassay.findings import Report
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.ACCEPTANCES)
def acceptances(context: Context) -> Report:
    """Report what is accepted and is found no more. Every other check that can run is run for it."""
    entries = context.contract.accepted
    return Report(title="", findings=unused(entries, context.other_keys("acceptances")), looked_at=len(entries))
