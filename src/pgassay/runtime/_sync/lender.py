# Generated from _async/lender.py by `make sync`: change that one.
"""Lends the connections of a pool, and knows why there is none to be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Any, TypeAlias

import psycopg
import psycopg_pool

from pgassay.errors import UsageError
from pgassay.runtime._sync.waiting import (
    Lock,
    Pool,
    Result,
    current,
    give_back,
    is_over,
    name_of,
    name_of_who,
    sleep,
    where,
)
from pgassay.runtime.borrowers import Borrowers
from pgassay.runtime.errors import BusyError, ClosedError, ConnectError
from pgassay.runtime.liveness import is_alive
from pgassay.runtime.reasons import Reason, reason_of
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.status import PoolFigures, Reachability, State

Connection: TypeAlias = psycopg.Connection[Any]
Configure: TypeAlias = Callable[[Connection], Result[None]]

# Seconds after which the pool gives a lost connection up and leaves it to the next borrower to ask for another: its own
# five minutes of ever longer pauses would keep an application waiting long after its server is back.
_RECONNECT = 0.5
_STARTING = 0.1  # seconds between two attempts while a server starts up


class Lender:
    """A pool that opens at first use, lends only connections whose server is still there, and keeps the reasons.

    Attributes:
        reached: Whether the database could be reached, and since when.
        borrowers: Who holds connections.
        place: What the pool is bound to: the event loop that it was opened in.

    Args:
        settings: How it behaves; its `url` is where it connects to.
        connection_class: What it opens.
        connect: Further arguments of its `connect`.
        configure: Called with each new connection.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        connection_class: type[Connection],
        connect: Mapping[str, Any],
        configure: Configure | None,
    ) -> None:
        self.reached = Reachability()
        self._settings = settings
        self._conninfo = settings.conninfo
        self._connection_class = self._watched(connection_class)
        self._connect = dict(connect)
        self._configure = configure
        self._pool: Pool | None = None
        self.place: object = None
        self._closed = False
        self.borrowers = Borrowers()
        # Two that are the first to ask must not make two pools.
        self._lock = Lock()

    def open(self) -> None:
        """Connect once, open the pool, and wait for its minimum of connections; may be repeated, also after `close`.

        Raises:
            ConnectError: The database cannot be reached within the timeout.
        """
        where()
        self._closed = False
        deadline = monotonic() + self._settings.timeout
        (self.connect()).close()
        is_new = self._pool is None
        pool = self._opened()
        if not is_new:
            return  # some may be lent: the pool would wait for them in vain, and close itself
        try:
            pool.wait(timeout=max(deadline - monotonic(), _STARTING))
        except psycopg_pool.PoolTimeout:
            self.close()
            raise self._unreachable(self._settings.timeout) from None

    def connect(self) -> Connection:
        """Open a connection outside of the pool, which tells at once what is wrong; again while the server starts up.

        Raises:
            ConnectError: The database cannot be reached within the timeout.
        """
        deadline = monotonic() + self._settings.timeout
        while True:
            try:
                return self._connection_class.connect(self._conninfo.dsn, **self._connect)
            except psycopg.Error as error:
                reason = reason_of(str(error))
                if not reason.passing or monotonic() + _STARTING > deadline:
                    raise self._connect_error(reason, str(error)) from None
            sleep(_STARTING)

    def close(self) -> None:
        """Close all connections; may be repeated. Those that are lent are closed when they come back."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        self.reached.enter(State.CLOSED)
        if pool is not None and not is_over(self.place):
            pool.close()

    def lend(self, timeout: float | None = None) -> Loan:
        """Lend a connection as it is, for the length of a `with` block.

        Args:
            timeout: Seconds to wait for one; default: the settings'.

        Raises:
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: It was closed.
        """
        return Loan(self, timeout or self._settings.timeout)

    def borrow(self, wait: float) -> tuple[Pool, Connection]:
        """Return a connection whose server is there, and its pool; the pool replaces those that have none."""
        pool = self._opened()
        began = monotonic()
        while True:
            try:
                connection = pool.getconn(timeout=began + wait - monotonic())
            except psycopg_pool.PoolTimeout:
                raise self._none_to_be_had(monotonic() - began) from None
            except psycopg_pool.PoolClosed as error:
                raise ClosedError(f"{self._conninfo.redacted} was closed while a connection was waited for") from error
            if is_alive(connection):
                self.borrowers.lent(connection, current())
                return pool, connection
            give_back(pool, connection)

    def figures(self) -> PoolFigures:
        """Return what the pool does at this moment."""
        stats = self._pool.get_stats() if self._pool is not None else {}
        return PoolFigures(
            minimum=self._settings.min_size,
            maximum=self._settings.max_size,
            open=stats.get("pool_size", 0),
            in_use=len(self.borrowers),
            waiting=stats.get("requests_waiting", 0),
        )

    def _opened(self) -> Pool:
        place = where()
        if self._pool is not None and place == self.place:
            return self._pool
        with self._lock:
            if self._closed:
                raise ClosedError(f"{self._conninfo.redacted} was closed", hint="open() opens it again")
            if self._pool is None or is_over(self.place):
                self._pool, self.place = self._new_pool(), place
                self._pool.open()
            if place != self.place:
                raise UsageError(
                    f"the pool of {self._conninfo.redacted} belongs to another event loop, which is still there",
                    hint="close() it there, or make a database for each loop",
                )
            return self._pool

    def _new_pool(self) -> Pool:
        return Pool(
            self._conninfo.dsn,
            connection_class=self._connection_class,
            kwargs=self._connect,
            min_size=self._settings.min_size,
            max_size=self._settings.max_size,
            max_idle=self._settings.max_idle,
            timeout=self._settings.timeout,
            reconnect_timeout=_RECONNECT,
            configure=self._configure,
            open=False,
        )

    def _none_to_be_had(self, waited: float) -> BusyError | ConnectError:
        figures = self.figures()
        if figures.in_use < figures.maximum:
            return self._unreachable(waited)
        facts = [f"all {figures.maximum} of the pool are in use"]
        if longest := self.borrowers.longest():
            facts += [f"{name_of(longest[0])} has held one for {longest[1]:.1f} s"]
        facts += [f"{figures.waiting} more wait"] if figures.waiting else []
        return BusyError(
            f"{name_of_who()} waited {waited:.1f} s for a connection to {self._conninfo.redacted}, and none became "
            f"free: {', '.join(facts)}",
            hint="give back what is borrowed before borrowing more, shorten transactions, or raise max_size",
        )

    def _unreachable(self, waited: float) -> ConnectError:
        said = self.reached.last_error if self.reached.state is State.UNREACHABLE else None
        said = said or f"no answer within {waited:.1f} s (timeout expired)"
        return self._connect_error(reason_of(said), said)

    def _connect_error(self, reason: Reason, said: str) -> ConnectError:
        where_to = self._conninfo.redacted
        said = self._conninfo.redact(said.strip())
        return ConnectError(f"cannot connect to {where_to}: {said}", hint=reason.hint, sqlstate=reason.sqlstate)

    def _watched(self, connection_class: type[Connection]) -> type[Connection]:
        """Return a class that notes how its attempts to connect end: a pool keeps that to itself."""
        reached, conninfo = self.reached, self._settings.url

        class Watched(connection_class):  # type: ignore[valid-type, misc]
            @classmethod
            def connect(cls, *args: Any, **kwargs: Any) -> Any:
                try:
                    connection = super().connect(*args, **kwargs)
                except psycopg.Error as error:
                    reached.failed(conninfo.redact(str(error).strip()))
                    raise
                reached.enter(State.CONNECTED)
                return connection

        Watched.__name__ = Watched.__qualname__ = connection_class.__name__
        return Watched


class Loan:
    """A connection for the length of a `with` block. A class, since each statement goes through it.

    Args:
        lender: Who lends it.
        wait: Seconds to wait for it.
    """

    __slots__ = ("_connection", "_lender", "_pool", "_wait")

    def __init__(self, lender: Lender, wait: float) -> None:
        self._lender = lender
        self._wait = wait

    def __enter__(self) -> Connection:
        self._pool, self._connection = self._lender.borrow(self._wait)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lender.borrowers.returned(self._connection)
        give_back(self._pool, self._connection)
