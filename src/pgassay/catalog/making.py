"""Making records by the ten thousand.

The constructor of a frozen dataclass goes through `object.__setattr__` for each field, which takes ten times as long as
setting a slot. So a record is filled while it still is of a class with the same slots that is not frozen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from pgassay.catalog.record import Record

Row = dict[str, Any]
Given = Callable[[Row], Mapping[str, Any]]
Conversion = Callable[[Any], Any]


def shared(text: str | None) -> str | None:
    """Return the one object that all equal texts are: two catalogs of one schema are compared in half the time."""
    return None if text is None else sys.intern(text)


def maker(
    record: type[Any],
    columns: Mapping[str, Conversion | None],
    *,
    given: Given | None = None,
    names: tuple[str, ...] = (),
) -> Callable[[Row], Any]:
    """Return what makes a record of a row; fields that nothing tells get their default.

    Args:
        record: A frozen, slotted dataclass.
        columns: Fields that are columns of the row, each with what makes the field's value of the column's, or None
            where it is the value already.
        given: Row -> further fields.
        names: These fields.

    Raises:
        TypeError: A field is told by neither and has no default.
    """
    others = [field for field in fields(record) if field.name not in columns and field.name not in names]
    converts = {f"convert_{name}": convert for name, convert in columns.items() if convert not in {None, shared}}
    defaults = {f"default_{field.name}": _default(record, field) for field in others}
    lines = [
        *(_of_column(name, convert) for name, convert in columns.items()),
        *([_of_given(names)] if names else []),
        *(f"made.{field.name} = default_{field.name}" for field in others),
    ]
    namespace = {
        **converts,
        **defaults,
        "new": object.__new__,
        "soft": _soft(record),
        "record": record,
        "given": given,
        "intern": sys.intern,
    }
    exec(_TEMPLATE.format(lines="\n    ".join(lines)), namespace)  # noqa: S102 - names of fields, which are identifiers
    make: Callable[[Row], Any] = namespace["make"]
    return make


# As the dataclasses module writes a constructor.
_TEMPLATE = """
def make(row):
    made = new(soft)
    {lines}
    made.__class__ = record
    return made
"""


def _of_column(name: str, convert: Conversion | None) -> str:
    value = f"row[{name!r}]"
    if convert is shared:
        return f"value = {value}; made.{name} = None if value is None else intern(value)"
    return f"made.{name} = {value}" if convert is None else f"made.{name} = convert_{name}({value})"


def _of_given(names: tuple[str, ...]) -> str:
    return f"{''.join(f'made.{name}, ' for name in names)}= map(given(row).__getitem__, {names!r})"


def _default(record: type[Any], field: Any) -> Any:
    """Return a field's default; what a factory makes is one for all records, which are frozen."""
    if field.default is not MISSING:
        return field.default
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
