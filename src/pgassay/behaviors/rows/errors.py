"""The one error of the row factory."""

from __future__ import annotations

import re

import psycopg

from pgassay.errors import PgassayError

_BLANKS = re.compile(r"\s+")


class RowsError(PgassayError):
    """Report a row that could not be made, and what it needs.

    Args:
        message: The table, and what was found.
        hint: What the caller can give.
        sqlstate: What the server said, where it was the server.
        constraint: The name of the constraint that stands in the way, or None.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, sqlstate: str | None = None, constraint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, sqlstate=sqlstate)
        self.constraint = constraint


def refused(table: object, error: psycopg.Error) -> RowsError:
    """Return what the server said when it refused a row, with the constraint where it names one."""
    said = _BLANKS.sub(" ", error.diag.message_primary or str(error)).strip()
    name = error.diag.constraint_name
    constraint = f' (constraint "{name}")' if name else ""
    return RowsError(
        f"a row of {table} could not be made: the server refused it: {said}{constraint}",
        hint=ways(table),
        sqlstate=error.sqlstate,
        constraint=name,
    )


def ways(table: object, column: str = "column") -> str:
    """Return both ways to give a value."""
    toml = str(table).replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"give a value: insert(..., {column}=...), or a SQL expression in behavior.toml: "
        f'[rows."{toml}"] {column} = "... n ..."'
    )
