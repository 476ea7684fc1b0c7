"""Open sessions ahead of time, and lend them before a pool is asked for one."""

from __future__ import annotations

import select
from collections import deque
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import BaseConnection, pq
from psycopg.pq import PollingStatus, TransactionStatus

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError
from pgassay.runtime.liveness import has_hung_up, is_alive
from pgassay.servers.server import FULL

C = TypeVar("C", bound=BaseConnection[Any])

_OVER = frozenset({PollingStatus.OK, PollingStatus.FAILED})
_PATIENCE = 10.0  # seconds; as long as a test waits for a connection of its pool


class Opening:
    """A session that is being opened: the server works on it while we do something else.

    Args:
        where: Where it leads to.
    """

    def __init__(self, where: Conninfo) -> None:
        self._where = where
        self._session = pq.PGconn.connect_start(where.dsn.encode())
        self._status = PollingStatus.WRITING
        self._advance()  # says who we are; over a socket the server needs no more to get the session ready

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to wait for: it is open, or was refused."""
        if self._status not in _OVER and _can(self._session, self._status, 0):
            self._advance()
        return self._status in _OVER

    @property
    def is_lost(self) -> bool:
        """Whether it was refused, or has ended, as far as the server has said."""
        return self.is_over and (self._status == PollingStatus.FAILED or has_hung_up(self._session))

    def finish(self) -> pq.abc.PGconn:
        """Wait until it is open, and return it; other threads go on meanwhile.

        Raises:
            ServerError: It cannot be had; the password is in no part of the message.
        """
        session = self._session
        deadline = monotonic() + _PATIENCE
        while self._status not in _OVER:
            if not _can(session, self._status, deadline - monotonic()):  # libpq's own words say only that it failed
                raise self._refused(f"no answer within {_PATIENCE:.0f} s")
            self._advance()
        if self._status == PollingStatus.FAILED:
            raise self._refused(session.error_message.decode(errors="replace").strip())
        session.nonblocking = 1  # as psycopg has them
        return session

    def give_up(self) -> None:
        """Close it, however far it is."""
        self._session.finish()

    def _advance(self) -> None:
        """Go on as far as nothing need be waited for."""
        self._status = PollingStatus(self._session.connect_poll())
        while self._status == PollingStatus.WRITING and _can(self._session, self._status, 0):
            self._status = PollingStatus(self._session.connect_poll())

    def _refused(self, said: str) -> ServerError:
        self.give_up()
        return ServerError(
            f"cannot connect to the scratch database ({self._where.redacted}): {self._where.redact(said)}",
            hint="raise max_connections, or close what tests have opened" if FULL.search(said) else None,
        )


def _can(session: pq.abc.PGconn, status: int, seconds: float) -> bool:
    """Wait until a session can go on, and tell whether it can."""
    if seconds < 0:
        return False
    socket = [session.socket]
    reading = status == PollingStatus.READING
    ready = select.select(socket if reading else [], [] if reading else socket, [], seconds)
    return any(ready)


class _AtHand(Generic[C]):
    """A connection that was open before the test asked; it is lent before the pool is asked for one.

    Args:
        connection: The connection.
    """

    def __init__(self, connection: C) -> None:
        self._free = deque([connection])  # its operations are whole, so threads need no lock
        self._closed = False

    def _take(self) -> C | None:
        """Return the connection; None where it is lent, or lost."""
        try:
            connection = self._free.pop()
        except IndexError:
            return None
        if is_alive(connection):
            return connection
        connection.pgconn.finish()
        return None

    def _put(self, connection: C) -> None:
        """Take the connection back; one that is lost, or in the midst of something, is closed."""
        if connection.info.transaction_status == TransactionStatus.IDLE and not self._closed:
            self._free.append(connection)
        else:
            connection.pgconn.finish()

    def close(self) -> None:
        """Close the connection, from whatever thread; at once, or when it comes back."""
        self._closed = True
        while self._free:
            connection = self._free.pop()  # by name: one that nobody holds is not closed yet, and complains
            connection.pgconn.finish()


class Ready(_AtHand[psycopg.Connection[Any]]):
    """One that is not awaited."""

    def loan(self) -> Loan | None:
        """Return the connection for the length of a `with` block; None where it is lent, or lost."""
        connection = self._take()
        return Loan(self, connection) if connection is not None else None

    def take_back(self, connection: psycopg.Connection[Any]) -> None:
        """Take the connection back, clean."""
        if _is_within(connection):
            with suppress(psycopg.Error):
                connection.rollback()
        self._put(connection)


class AsyncReady(_AtHand[psycopg.AsyncConnection[Any]]):
    """One that is awaited, in whatever loop: a connection keeps to none."""

    def loan(self) -> AsyncLoan | None:
        """Return the connection for the length of a `with` block; None where it is lent, or lost."""
        connection = self._take()
        return AsyncLoan(self, connection) if connection is not None else None

    async def take_back(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Take the connection back, clean; who is cancelled meanwhile has it closed."""
        try:
            if _is_within(connection):
                with suppress(psycopg.Error):
                    await connection.rollback()
        finally:
            self._put(connection)


class Loan:
    """A connection for the length of a `with` block.

    Args:
        ready: Who lends it.
        connection: The connection.
    """

    __slots__ = ("_connection", "_ready")

    def __init__(self, ready: Ready, connection: psycopg.Connection[Any]) -> None:
        self._ready = ready
        self._connection = connection

    def __enter__(self) -> psycopg.Connection[Any]:
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready.take_back(self._connection)


class AsyncLoan:
    """The same, awaited."""

    __slots__ = ("_connection", "_ready")

    def __init__(self, ready: AsyncReady, connection: psycopg.AsyncConnection[Any]) -> None:
        self._ready = ready
        self._connection = connection

    async def __aenter__(self) -> psycopg.AsyncConnection[Any]:
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._ready.take_back(self._connection)


def _is_within(connection: BaseConnection[Any]) -> bool:
    return connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}
