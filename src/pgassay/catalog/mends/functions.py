"""Mends of functions and procedures."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both

CANNOT_BE_REPLACED = frozenset({"function_kind", "signature", "result"})
"""What CREATE OR REPLACE refuses to change."""


def create(function: Function, _context: Context) -> Statements:
    """Create a function as PostgreSQL wrote it down."""
    return [_definition(function), *finish(function)]


def _definition(function: Function) -> str:
    return f"{function.definition};"


def alter(difference: Difference, context: Context) -> Statements:
    """Replace a function; where its signature or result changes, drop it first."""
    wanted, found = both(difference)
    if any(attribute.name in CANNOT_BE_REPLACED for attribute in difference.attributes):
        return [*drop(found), *create(wanted, context)]
    return [_definition(wanted)]


MENDERS = {Function.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
