"""Operators, their classes and families, collations and text search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def operators(context: Context) -> Report:
    """Compare operators, operator classes and operator families, with their members."""
    return structure_of(context, "operator", "operator class", "operator family")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def collations(context: Context) -> Report:
    """Compare the collations: provider, locale, rules, determinism; versions are the operating system's."""
    return structure_of(context, "collation")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def text_search(context: Context) -> Report:
    """Compare text search configurations, dictionaries, parsers and templates."""
    return structure_of(
        context,
        "text search configuration",
        "text search dictionary",
        "text search parser",
        "text search template",
    )
