"""The runtime's errors: each is one of ours and one of psycopg's, so that code which knows only psycopg catches it.

A statement that fails raises a `StatementError` that is also the very class which psycopg would have raised:
`except psycopg.errors.UndefinedTable` and `except psycopg.Error` go on to work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import psycopg_pool
from psycopg import errors as pg

from pgassay.errors import PgassayError
from pgassay.runtime.masking import shorten, without_values
from pgassay.runtime.statements import shown

RETRYABLE = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
_NESTED = "an earlier statement of this transaction failed: put what may fail into a tx() of its own, a savepoint"
_AGAIN = "run the whole transaction again: database.run_tx(function, retries=3) does"
_HINTS = {
    "25P02": _NESTED,
    "40001": _AGAIN,
    "40P01": _AGAIN,
    "25006": "the transaction is read-only, or this server is a standby: write on the primary",
}
_LOST_HINT = "the pool replaces the connection; run it again, if that does no harm"
_UNKNOWN = "whether the transaction was committed is not known: look before it is run again"


class ConnectError(PgassayError, psycopg.OperationalError):
    """Report that a database cannot be reached."""


class BusyError(PgassayError, psycopg_pool.PoolTimeout):
    """Report that no connection of the pool became free in time."""


class ClosedError(PgassayError, psycopg_pool.PoolClosed):
    """Report the use of a database that was closed."""


class RefusedError(PgassayError, psycopg.NotSupportedError):
    """Report a statement or a call that this database does not let through; the server has not seen it."""


class TransactionError(PgassayError, psycopg.ProgrammingError):
    """Report the wrong use of a transaction: after its end, from another task, or past it."""


class RowCountError(PgassayError, psycopg.ProgrammingError):
    """Report that a statement returned another number of rows than was asked for; what it did is rolled back."""


class NoRowError(RowCountError):
    """Report that a statement returned no row."""


class TooManyRowsError(RowCountError):
    """Report that a statement returned more rows than was asked for."""


class RowShapeError(PgassayError, psycopg.ProgrammingError):
    """Report that a statement's columns are not what the rows shall be made of; what it did is rolled back."""


class StatementError(PgassayError, psycopg.DatabaseError):
    """Report a statement that failed.

    Attributes:
        sqlstate: PostgreSQL's code, or None where the connection broke, or psycopg refused.
        statement: The statement, with placeholders, without passwords of roles.
        parameters: Its parameters where `show_parameters` is set, else None.
        schema: The schema of the table, where PostgreSQL names one.
        table: The table, where PostgreSQL names one.
        column: The column, where PostgreSQL names one.
        constraint: The constraint, where PostgreSQL names one.
        detail: What PostgreSQL adds, values included, where `show_parameters` is set, else None.
        hint: PostgreSQL's, or ours.
    """

    statement: str = ""
    parameters: Any = None
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    detail: str | None = None

    @property
    def text(self) -> str:
        """The message and the statement; where it was asked for, the parameters and PostgreSQL's detail."""
        lines = [super().text]
        lines += [f"statement: {shorten(self.statement)}"] if self.statement else []
        lines += [f"parameters: {self.parameters!r}"] if self.parameters is not None else []
        lines += [f"detail: {self.detail}"] if self.detail else []
        return "\n  ".join(line.replace("\n", "\n    ") for line in lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes: the class is made again there from the one of psycopg's."""
        original = next(base for base in type(self).__mro__ if not issubclass(base, PgassayError))
        state = super().__reduce__()[2]
        return _revived, (original, isinstance(self, ConnectionLostError), self.message, state)


class ConnectionLostError(StatementError, psycopg.OperationalError):
    """Report that the connection broke while it was used: the server went away, or ended the session."""


class UniqueViolationError(StatementError, pg.UniqueViolation):
    """Report a row that is there already."""


class ForeignKeyViolationError(StatementError, pg.ForeignKeyViolation):
    """Report a reference to a row that is not there, or the removal of one that is referred to."""


class NotNullViolationError(StatementError, pg.NotNullViolation):
    """Report a null where none may be."""


class CheckViolationError(StatementError, pg.CheckViolation):
    """Report a row that a check constraint forbids."""


class ExclusionViolationError(StatementError, pg.ExclusionViolation):
    """Report a row that conflicts with another one by an exclusion constraint."""


_OWN: Mapping[type[psycopg.Error], type[StatementError]] = {
    pg.UniqueViolation: UniqueViolationError,
    pg.ForeignKeyViolation: ForeignKeyViolationError,
    pg.NotNullViolation: NotNullViolationError,
    pg.CheckViolation: CheckViolationError,
    pg.ExclusionViolation: ExclusionViolationError,
}
BEGIN, COMMIT = "BEGIN", "COMMIT"
"""The statements that an error names when the beginning or the end of a transaction fails."""


def statement_error(
    error: psycopg.Error, query: Any, parameters: Any, *, lost: bool = False, show: bool = False
) -> psycopg.Error:
    """Return the error to raise in place of psycopg's, whose text may hold values of parameters.

    Args:
        error: What psycopg raised.
        query: What was executed.
        parameters: Its parameters, or None.
        lost: Whether the connection is gone.
        show: Whether values may be shown.
    """
    if isinstance(error, PgassayError):
        return error
    diagnostic, state = error.diag, error.sqlstate
    said: Callable[[str], str] = (lambda text: text) if show else _mask(parameters, state)
    message = said(diagnostic.message_primary or str(error).partition("\n")[0])
    hint = said(diagnostic.message_hint) if diagnostic.message_hint else _hint(state, query, lost=lost)
    made = _class_for(type(error), lost)(message, hint=hint, sqlstate=state)
    # Code that knows psycopg asks `diag`. It is not part of any text of ours.
    psycopg.Error.__init__(made, message, info=error.pgresult, encoding=error._encoding)  # noqa: SLF001
    made.statement = shown(query)
    made.schema, made.table = diagnostic.schema_name, diagnostic.table_name
    made.column, made.constraint = diagnostic.column_name, diagnostic.constraint_name
    if show:
        made.parameters, made.detail = parameters, diagnostic.message_detail
    return made


def _mask(parameters: Any, sqlstate: str | None) -> Callable[[str], str]:
    return lambda text: without_values(text, parameters, sqlstate=sqlstate)


def _hint(sqlstate: str | None, query: Any, *, lost: bool) -> str | None:
    if lost:
        return _UNKNOWN if query == COMMIT else _LOST_HINT
    return _HINTS.get(sqlstate or "")


def _class_for(original: type[psycopg.Error], lost: bool) -> type[StatementError]:
    """Return the class that is ours and psycopg's at once; made when it is first needed."""
    if original in _OWN and not lost:
        return _OWN[original]
    if (original, lost) not in _made:
        ours = ConnectionLostError if lost else StatementError
        _made[original, lost] = type(original.__name__, (ours, original), {"__module__": __name__})
    return _made[original, lost]


_made: dict[tuple[type[psycopg.Error], bool], type[StatementError]] = {}


def _revived(original: type[psycopg.Error], lost: bool, message: str, state: dict[str, Any]) -> psycopg.Error:
    error = _class_for(original, lost)(message)
    error.__dict__.update(state)
    return error
