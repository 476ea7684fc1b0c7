"""What rows are made into: dictionaries, tuples, named tuples, or the user's own class."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from psycopg.rows import BaseRowFactory, RowMaker, class_row, dict_row, no_result, tuple_row

from pgassay.runtime.errors import RowShapeError

if TYPE_CHECKING:
    from psycopg._cursor_base import BaseCursor

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
Into: TypeAlias = type[T] | BaseRowFactory[T]
"""What rows are made into: a class that takes the columns as keywords, `dict`, `tuple`, or psycopg's row factory."""

_SCALARS = (int, float, str, bytes, bool, list, set)


def row_factory(into: Into[Any] | None) -> BaseRowFactory[Any]:
    """Return the row factory for psycopg.

    Args:
        into: None or `dict`: dictionaries; `tuple`: tuples; another class: its instances, made with the columns as
            keywords (a dataclass, a NamedTuple, a pydantic model); a row factory of psycopg's is taken as it is.

    Raises:
        RowShapeError: A class that no row can be made into.
    """
    if into is None or into is dict:
        return _dict_row
    if into is tuple:
        return tuple_row
    if into in _SCALARS:
        raise RowShapeError(
            f"rows cannot be made into {into.__name__}",
            hint="value() gives the one value of a row, values() those of a column",
        )
    return _rows_of(into) if isinstance(into, type) else into


def single_value_row(cursor: BaseCursor[Any, Any]) -> RowMaker[Any]:
    """Make a row of one column into its value; as a row factory for psycopg."""
    names = _column_names(cursor)
    if names is None:
        return no_result
    if len(names) != 1:
        raise RowShapeError(
            f"one column was asked for, and the statement returns {len(names)}: {', '.join(names)}",
            hint="select one column, or take rows: query(), one()",
        )
    return _first


def _first(values: Sequence[Any]) -> Any:
    return values[0]


def _dict_row(cursor: BaseCursor[Any, Any]) -> RowMaker[Row]:
    names = _column_names(cursor)
    if names is None:
        return no_result
    _require_unique(names)
    return dict_row(cursor)


def _rows_of(cls: type[T]) -> BaseRowFactory[T]:

    make = class_row(cls)

    def factory(cursor: BaseCursor[Any, Any]) -> RowMaker[T]:
        names = _column_names(cursor)
        if names is None:
            return no_result
        _require_unique(names)
        if is_dataclass(cls) or hasattr(cls, "_fields"):  # others judge the columns themselves
            _require_fit(cls, names)
        return make(cursor)

    return factory


def _column_names(cursor: BaseCursor[Any, Any]) -> list[str] | None:
    """Return the names of the columns; None where the statement returns no rows at all."""
    result = cursor.pgresult
    if result is None or not result.nfields:
        # A statement may return rows without any column (SELECT FROM ...).
        return [] if cursor.description is not None else None
    encoding = cursor.connection.info.encoding
    return [(result.fname(i) or b"").decode(encoding) for i in range(result.nfields)]


def _require_unique(names: Sequence[str]) -> None:
    if len(set(names)) == len(names):
        return
    twice = [name for name, count in Counter(names).items() if count > 1]
    raise RowShapeError(
        f"the statement returns more than one column called {_quoted(twice)}, of which a row could hold only one",
        hint="name them apart (AS), or take tuples: into=tuple",
    )


def _require_fit(cls: type[Any], names: Sequence[str]) -> None:
    """Raise unless a dataclass or a NamedTuple can be made from the columns."""
    required, known = _fields(cls)
    unknown = [name for name in names if name not in known]
    missing = [name for name in required if name not in names]
    if not unknown and not missing:
        return
    facts = [f"it has no field {_quoted(unknown)}"] if unknown else []
    facts += [f"the statement has no column {_quoted(missing)}"] if missing else []
    raise RowShapeError(
        f"the rows cannot be made into {cls.__name__}: {'; '.join(facts)}",
        hint=f"its fields are {', '.join(known)}; the columns are {', '.join(names)}",
    )


def _fields(cls: type[Any]) -> tuple[list[str], list[str]]:
    """Return the parameters that a class must be given, and all; looked at once for each class."""
    if cls not in _known_fields:
        parameters = inspect.signature(cls).parameters.values()
        required = [p.name for p in parameters if p.default is p.empty]
        _known_fields[cls] = required, [p.name for p in parameters]
    return _known_fields[cls]


_known_fields: WeakKeyDictionary[type[Any], tuple[list[str], list[str]]] = WeakKeyDictionary()


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
