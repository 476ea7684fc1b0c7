"""Making records by the ten thousand.

The constructor of a frozen dataclass goes through `object.__setattr__` for each field, which takes ten times as long as
setting a slot. So a record is filled while it still is of a class with the same slots that is not frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from typing import Any

from pgassay.catalog.record import Record


def maker(record: type[Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return what makes a record of the values of these fields, in this order; other fields get their default.

    Args:
        record: A frozen, slotted dataclass.
        names: Fields of it.

    Raises:
        TypeError: A field is neither named nor has a default.
    """
    others = [field for field in fields(record) if field.name not in names]
    defaults = [field.default if field.default is not MISSING else _made(record, field) for field in others]
    fill = _filler([*names, *(field.name for field in others)])
    soft = _soft(record)
    new = object.__new__

    def make(*values: Any) -> Any:
        made: Any = new(soft)
        fill(made, *values, *defaults)
        made.__class__ = record
        return made

    return make


def _made(record: type[Any], field: Any) -> Any:
    """Return what a default factory makes; one for all records, which are frozen."""
    if field.default_factory is MISSING:
        raise TypeError(f"{record.__name__}: no value for {field.name}")
    return field.default_factory()


def _soft(record: type[Any]) -> type[Any]:
    """Return a class of the same layout whose objects can be set; Python demands the same base as well.

    Both methods must be object's own, or each assignment would look for them.
    """
    names = tuple(field.name for field in fields(record))
    base = Record if issubclass(record, Record) else object
    own = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(record.__name__, (base,), {"__slots__": names, **own})


def _filler(names: Sequence[str]) -> Callable[..., None]:
    """Write a function that sets these attributes, as the dataclasses module does."""
    lines = [f"def fill(made, {', '.join(names)}):", *(f"    made.{name} = {name}" for name in names)]
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)  # noqa: S102 - names of fields, which are identifiers
    fill: Callable[..., None] = namespace["fill"]
    return fill
