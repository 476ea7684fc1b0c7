"""How many rows a statement returned, and whether that is what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from psycopg.pq import ExecStatus

from pgassay.runtime.errors import NoRowError, RowShapeError, TooManyRowsError

Check: TypeAlias = Callable[[int], None]
"""Looks at a number of rows, and raises where it is not the one that was asked for."""


def any_number(_: int) -> None:
    """Let any number of rows be."""


def exactly_one(count: int) -> None:
    """Raise unless there is one row."""
    if count < 1:
        raise NoRowError("one row was asked for, and there is none", hint="one_or_none() takes that for an answer")
    at_most_one(count)


def at_most_one(count: int) -> None:
    """Raise where there is more than one row."""
    if count > 1:
        raise TooManyRowsError(
            f"one row was asked for, and there are {count}", hint="query() takes any number; or narrow the statement"
        )


def at_least_one(count: int) -> None:
    """Raise where there is no row."""
    if count < 1:
        raise NoRowError("at least one row was asked for, and there is none", hint="query() takes any number of them")


def require_one_result(cursor: Any) -> None:
    """Raise unless a cursor has executed one statement that returns rows, be they none."""
    if not _returned_rows(cursor):
        raise RowShapeError(
            f"the statement returns no rows at all ({cursor.statusmessage or 'it is empty'})",
            hint="none() executes it; with RETURNING it would return rows",
        )
    if cursor.nextset():
        raise RowShapeError(
            "several statements were sent in one string, and rows come from one",
            hint="send them one by one in a tx(), or with none() where none returns rows",
        )


def _returned_rows(cursor: Any) -> bool:
    return cursor.pgresult is not None and cursor.pgresult.status == ExecStatus.TUPLES_OK


def changed_rows(cursor: Any) -> int:
    """Return how many rows the statements of a cursor changed.

    Raises:
        TooManyRowsError: One of them returned rows.
    """
    changed = 0
    while True:
        if _returned_rows(cursor) and cursor.rowcount > 0:
            raise TooManyRowsError(
                f"no rows were asked for, and there are {cursor.rowcount}", hint="query() and one() return them"
            )
        changed += 0 if _returned_rows(cursor) else max(cursor.rowcount, 0)
        if not cursor.nextset():
            return changed
