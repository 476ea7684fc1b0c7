"""Comparing records by the ten thousand.

What a dataclass writes for `==` makes a tuple of each side first. Most values of two equal catalogs are the same
objects, though: `making.shared` sees to that for text, and what is neither text nor rare is None, true or false. Of one
database that is read again, most records are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any


def equality(record: type[Any]) -> Callable[[Any, Any], bool]:
    """Return what tells whether two records are equal, as `==` would.

    Args:
        record: The class of the first one, a dataclass.
    """
    hashable: Any = record
    return _written(hashable)


@cache
def _written(record: type[Any]) -> Callable[[Any, Any], bool]:
    names = [field.name for field in fields(record) if field.compare]
    same = [f"(one.{name} is other.{name} or one.{name} == other.{name})" for name in names]
    namespace: dict[str, Any] = {}
    exec(_TEMPLATE.format(same=" and ".join(["one.__class__ is other.__class__", *same])), namespace)  # noqa: S102 - identifiers
    are_equal: Callable[[Any, Any], bool] = namespace["are_equal"]
    return are_equal


_TEMPLATE = """
def are_equal(one, other):
    return one is other or {same}
"""
