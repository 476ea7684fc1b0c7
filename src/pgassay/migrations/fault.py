"""A failure among the statements that a migration in Python sends: they are counted, and one of them fails.

It fails on the server, as a statement that somebody cancels: whatever the tool and the migration have to catch errors,
to roll back, or to try again then does its work.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus, TransactionStatus

from pgassay.runtime.masking import without_passwords

# It does not reach its end; asleep it certainly looks whether it is cancelled.
_CANCEL = b"SELECT pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid()), pg_catalog.pg_sleep(60)"
_CONSTRAINTS = b"SET CONSTRAINTS ALL IMMEDIATE"  # COMMIT, which does not come, would look at the deferred ones

ROLES = ("role", "session_authorization")
"""Settings that say who acts in a session; SHOW ALL leaves them out."""

_SPACES = re.compile(r"\s+")
_LONGEST = 60  # characters of a statement that say which one it is


@dataclass(slots=True)
class Sent:
    """A statement that was completed.

    Attributes:
        number: Its place among the migration's own, counted from 1.
        text: What it says, without the values of parameters.
        line: The line of the migration's file that sent it; None: the tool did, for one of its operations.
        autocommit: Whether the server commits it by itself.
        is_open: Whether a transaction was open behind it.
        is_kept: Whether none was when the next one came: it stays, whatever fails later.
    """

    number: int
    text: str
    line: int | None
    autocommit: bool
    is_open: bool
    is_kept: bool = False

    @property
    def where(self) -> str:
        """Its place, for people."""
        at = "" if self.line is None else f", line {self.line}"
        return f"statement {self.number}{at} ({_SPACES.sub(' ', without_passwords(self.text)).strip()[:_LONGEST]})"


class Watch:
    """Sees what a migration sends, and lets it fail in one place.

    Args:
        path: The migration's file.
        behind: How many of its statements are completed before one fails; None: none fails.
        of: How many there are: behind the last one the failure comes at once.
    """

    def __init__(self, path: Path, *, behind: int | None = None, of: int = 0) -> None:
        self.sent: list[Sent] = []
        self.settings: dict[str, str] = {}  # as they were in front of the first of them, by what the tool itself sets
        self.has_failed = False
        self.is_on = False
        self.is_lent = False  # whether there was a session to be seen
        self._path, self._behind, self._of = path, behind, of

    @contextmanager
    def sending(self, connection: psycopg.Connection[Any], query: object) -> Iterator[None]:
        """Count a statement that is sent meanwhile; or let it fail in its place."""
        if not self.is_on:
            yield
            return
        self.settings = self.settings or show_all(connection)
        if self.sent:
            self.sent[-1].is_kept = connection.pgconn.transaction_status == TransactionStatus.IDLE
        self._fail(connection, at=len(self.sent))
        yield
        self.sent.append(self._sent(connection, query))
        if len(self.sent) == self._of:
            self._fail(connection, at=self._of)

    def _sent(self, connection: psycopg.Connection[Any], query: object) -> Sent:
        is_open = connection.pgconn.transaction_status != TransactionStatus.IDLE
        return Sent(len(self.sent) + 1, _text(connection, query), self._line(), connection.autocommit, is_open)

    def _line(self) -> int | None:
        frame = inspect.currentframe()
        while frame is not None and Path(frame.f_code.co_filename) != self._path:
            frame = frame.f_back
        return None if frame is None else frame.f_lineno

    def _fail(self, connection: psycopg.Connection[Any], *, at: int) -> None:
        """Fail once: what is tried again afterwards may succeed.

        Raises:
            psycopg.Error: What the server answers.
        """
        if self.has_failed or at != self._behind:
            return
        if at == self._of and connection.pgconn.transaction_status == TransactionStatus.INTRANS:
            _refused(connection, _CONSTRAINTS)
        self.has_failed = True
        _refused(connection, _CANCEL)


def _refused(connection: psycopg.Connection[Any], statement: bytes) -> None:
    result = connection.pgconn.exec_(statement)
    if result.status == ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result, encoding=connection.info.encoding)


def show_all(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return every setting of a session, and its roles; in a transaction that is no query for others to come before."""
    shown = {name: value for name, value, *_ in _shown(connection, "ALL")}
    return shown | {name: _shown(connection, name)[0][0] for name in ROLES if shown}


def _shown(connection: psycopg.Connection[Any], what: str) -> list[tuple[str, ...]]:
    """Return what SHOW answers; nothing in a transaction that has failed."""
    result = connection.pgconn.exec_(f"SHOW {what}".encode())
    return [
        tuple((result.get_value(row, column) or b"").decode(errors="replace") for column in range(result.nfields))
        for row in range(result.ntuples)
    ]


def _text(connection: psycopg.Connection[Any], query: object) -> str:
    if isinstance(query, sql.Composable):
        return query.as_string(connection)
    return query.decode(connection.info.encoding) if isinstance(query, bytes) else str(query)


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Show a watch what is sent over the sessions that are lent meanwhile."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def watch_of_now() -> Watch | None:
    """Return who watches; None: nobody does."""
    return _WATCH.get()


def migrating(function: Callable[..., Any], *, own: bool = True) -> Callable[..., Any]:
    """Say that what a function sends is the migration's own, or is not: what the tool writes down is never let fail.

    Args:
        function: The tool's, or the migration's.
        own: Which of the two.
    """

    @wraps(function)
    def said(*args: Any, **options: Any) -> Any:
        watch = watch_of_now()
        if watch is None:
            return function(*args, **options)
        before, watch.is_on = watch.is_on, own
        try:
            return function(*args, **options)
        finally:
            watch.is_on = before

    return said
