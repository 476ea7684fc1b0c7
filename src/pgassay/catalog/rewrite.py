"""Rewrite all values of one sort in a record, wherever its type hints say that they are: role names, any text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from functools import cache
from typing import Any, NewType, TypeVar, get_args, get_origin

from pgassay.catalog.serialize import UNIONS, field_types

R = TypeVar("R")
Visits = Mapping[Any, Callable[[Any], Any]]
"""Type hint -> what to make of a value of that type."""


def rewrite(record: R, visits: Visits) -> R:
    """Return the record with each value visited whose type hint is asked for.

    Args:
        record: A record, or a dataclass within one.
        visits: Types that occur in hints, such as `RoleName`, `Grant` or `str` (which stands for its NewTypes too),
            and what to make of their values; what is within a visited value, and keys of mappings, stay as they are.
    """
    record_type: Any = type(record)
    changes = {}
    for name in fields_with(record_type, tuple(visits)):
        before = getattr(record, name)
        after = _rewrite_value(field_types(record_type)[name], before, visits)
        if after != before:
            changes[name] = after
    return replace(record, **changes) if changes else record  # type: ignore[type-var]


def _rewrite_value(hint: Any, value: Any, visits: Visits) -> Any:
    leaf = leaf_of(hint, tuple(visits))
    if value is None or leaf is not None:
        return visits[leaf](value) if value is not None else None
    if isinstance(hint, type) and is_dataclass(hint):
        return rewrite(value, visits)
    arguments = get_args(hint)
    if get_origin(hint) in UNIONS:
        return _rewrite_value(arguments[0], value, visits)
    if get_origin(hint) is Mapping:
        return {key: _rewrite_value(arguments[1], item, visits) for key, item in value.items()}
    if arguments:
        return type(value)(_rewrite_value(arguments[0], item, visits) for item in value)
    return value


@cache
def fields_with(record_type: Any, leaves: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names of the fields that hold values of any of the types, however deep."""
    return tuple(name for name, hint in field_types(record_type).items() if _holds(hint, leaves))


def _holds(hint: Any, leaves: tuple[Any, ...]) -> bool:
    if leaf_of(hint, leaves) is not None:
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return bool(fields_with(hint, leaves))
    return any(_holds(argument, leaves) for argument in get_args(hint) if argument is not Ellipsis)


@cache
def leaf_of(hint: Any, leaves: tuple[Any, ...]) -> Any:
    """Return the first of the types that the hint is, itself or as a NewType of it; else None."""
    if hint in leaves:
        return hint
    return leaf_of(hint.__supertype__, leaves) if isinstance(hint, NewType) else None
