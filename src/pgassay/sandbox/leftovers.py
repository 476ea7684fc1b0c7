"""Connections that a test has left open: who opened them, told when its database is taken back."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, Generic, TypeVar

from psycopg import BaseConnection
from psycopg.pq import TransactionStatus

from pgassay.errors import LeftOpenWarning

C = TypeVar("C", bound=BaseConnection[Any])
L = TypeVar("L")

_BETWEEN = frozenset({"pgassay", "psycopg", "psycopg_pool", "contextlib"})
_WITHIN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE})


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: BaseConnection[Any]
    what: str
    file: str
    line: int

    @property
    def text(self) -> str:
        within = self.connection.info.transaction_status in _WITHIN
        return f"{self.what} was left open" + (", a transaction in progress" if within else "")


class Leftovers:
    """The sessions and lent connections of one database that are open, with the lines that opened them.

    Each step is one operation on a dictionary, so threads need no lock.
    """

    def __init__(self) -> None:
        self._opened: dict[int, _Opened] = {}

    def __len__(self) -> int:
        return len(self._opened)

    def note(self, connection: C, what: str) -> C:
        """Remember a connection that somebody has just opened or borrowed, and return it.

        Args:
            connection: It.
            what: How the caller came by it, in words.
        """
        for key, opened in list(self._opened.items()):
            if opened.connection.closed:
                self._opened.pop(key, None)
        frame = _caller(sys._getframe(1))  # noqa: SLF001 - inspect.stack() reads files, and takes milliseconds
        self._opened[id(connection)] = _Opened(connection, what, frame.f_code.co_filename, frame.f_lineno)
        return connection

    def forget(self, connection: BaseConnection[Any]) -> None:
        """Remember no longer what was given back."""
        self._opened.pop(id(connection), None)

    def tell(self) -> None:
        """Warn of each connection that is still open, at the line that opened it, and forget all.

        Raises:
            LeftOpenWarning: Warnings are errors.
        """
        left, self._opened = self._opened, {}
        texts = [(opened.text, opened.file, opened.line) for opened in left.values() if not opened.connection.closed]
        for opened in left.values():
            _close(opened.connection)
        for text, file, line in texts:
            warnings.warn_explicit(text, LeftOpenWarning, file, line)


@contextmanager
def telling(leftovers: Leftovers) -> Iterator[None]:
    """Tell of what a block leaves open; an error of the block itself comes first."""
    try:
        yield
    except BaseException:
        with suppress(LeftOpenWarning):
            leftovers.tell()
        raise
    leftovers.tell()


class _Noted(Generic[L, C]):
    """A loan of a pool's connection that is remembered for as long as it lasts.

    Args:
        loan: What lends it.
        leftovers: What remembers it.
    """

    __slots__ = ("_connection", "_leftovers", "_loan")

    def __init__(self, loan: L, leftovers: Leftovers) -> None:
        self._loan = loan
        self._leftovers = leftovers

    def _note(self, connection: C) -> C:
        self._connection = self._leftovers.note(connection, "a connection of the pool")
        return connection


class NotedLoan(_Noted[AbstractContextManager[C], C]):
    """A loan that is not awaited."""

    __slots__ = ()

    def __enter__(self) -> C:
        return self._note(self._loan.__enter__())

    def __exit__(self, *error: Any) -> bool | None:
        self._leftovers.forget(self._connection)
        return self._loan.__exit__(*error)


class AsyncNotedLoan(_Noted[AbstractAsyncContextManager[C], C]):
    """A loan that is awaited."""

    __slots__ = ()

    async def __aenter__(self) -> C:
        return self._note(await self._loan.__aenter__())

    async def __aexit__(self, *error: Any) -> bool | None:
        self._leftovers.forget(self._connection)
        return await self._loan.__aexit__(*error)


def _caller(frame: FrameType) -> FrameType:
    """Return the first frame, from the inside out, that is neither ours nor the driver's."""
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        frame = frame.f_back
    return frame


def _close(connection: BaseConnection[Any]) -> None:
    """Close what rests; where a thread waits for an answer the server ends it, together with the database."""
    if connection.info.transaction_status != TransactionStatus.ACTIVE:
        connection.pgconn.finish()
