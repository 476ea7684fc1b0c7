"""Security labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def security_labels(context: Context) -> Report:
    """Compare the security labels of objects, of the database and of roles."""
    return structure_of(context, "security label", "security label on role")
