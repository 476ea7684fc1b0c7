"""Logical replication: publications and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def publications(context: Context) -> Report:
    """Compare publications with their tables and schemas, and subscriptions without their connection."""
    return structure_of(context, "publication", "publication table", "publication schema", "subscription")
