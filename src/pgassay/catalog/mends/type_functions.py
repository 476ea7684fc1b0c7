"""The functions that a type cannot be made without: created and dropped together with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.base_types import BaseType
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.types import RangeType
from pgassay.catalog.mends import functions
from pgassay.catalog.mends.common import drop
from pgassay.catalog.mends.context import Context, Statements
from pgassay.catalog.sqltext import dotted, sentence

Type = TypeVar("Type", BaseType, RangeType)
Serves = Callable[[Function, Type], bool]
"""Tells whether a function is one of a type's."""


def create_missing(wanted: Type, context: Context, serves: Serves[Type]) -> Statements:
    """Create those functions of a type that are not there."""
    missing = (f for f in _functions(wanted, context.expected, serves) if not context.has(f.KIND, *f.identity))
    return [statement for function in missing for statement in functions.create(function, context)]


def drop_with_functions(found: Type, context: Context, serves: Serves[Type]) -> Statements:
    """Drop a type with the functions that take or give it, and then those of its functions that do not."""
    name = dotted(*found.identity)
    served = list(_functions(found, context.actual, serves))
    others = [f for f in served if name not in (f.arguments, f.result) and not _is_needed(f, found, context, serves)]
    statements: Statements = [statement for function in others for statement in drop(function)]
    if not any(name in (f.arguments, f.result) for f in served):
        return [*drop(found), *statements]
    warning = sentence("its functions go with it, and so does every column of this type")
    return [warning, f"{drop(found)[0].removesuffix(';')} CASCADE;", *statements]


def _functions(of: Type, catalog: Catalog, serves: Serves[Type]) -> Iterator[Function]:
    for record in catalog.records.get(Function.KIND, {}).values():
        if serves(function := cast(Function, record), of):
            yield function


def _is_needed(function: Function, found: Type, context: Context, serves: Serves[Type]) -> bool:
    """Tell whether a function should be there, or is another type's too."""
    others = (cast(Type, one) for one in context.actual.records[found.KIND].values() if one is not found)
    return function.identity in context.expected.records.get(Function.KIND, {}) or any(
        serves(function, other) for other in others
    )
