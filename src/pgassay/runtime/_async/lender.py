"""Lends the connections of a pool, and knows why there is none to be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Any, TypeAlias

import psycopg
import psycopg_pool
from psycopg.pq.abc import PGconn

from pgassay.errors import UsageError
from pgassay.runtime._async.waiting import (
    Interruptible,
    Lock,
    Pool,
    Result,
    current,
    give_back,
    is_over,
    name_of,
    name_of_who,
    protect,
    sleep,
    where,
)
from pgassay.runtime.borrowers import Borrowers
from pgassay.runtime.errors import BusyError, ClosedError, ConnectError
from pgassay.runtime.liveness import is_alive
from pgassay.runtime.reasons import Reason, reason_of
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.status import PoolFigures, Reachability, State

Connection: TypeAlias = psycopg.AsyncConnection[Any]
Configure: TypeAlias = Callable[[Connection], Result[None]]

# Seconds after which the pool gives a lost connection up, and leaves it to the next borrower, or to those who wait, to
# ask for another: its own five minutes of ever longer pauses would keep an application waiting long after its server is
# back.
_RECONNECT = 0.5
_STARTING = 0.1  # seconds between two attempts while a server starts up


class AsyncLender:
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

    async def open(self) -> None:
        """Connect once, open the pool, and wait for its minimum of connections; may be repeated, also after `close`.

        Raises:
            ConnectError: The database cannot be reached within the timeout.
        """
        place = where()
        self._closed = False
        deadline = monotonic() + self._settings.timeout
        await (await self.connect()).close()
        pool, is_new = await self._ensure_pool(place)
        if is_new:  # of another one some may be lent: it would wait for them in vain, and close itself
            await self._fill(pool, max(deadline - monotonic(), _STARTING))

    async def _fill(self, pool: Pool, wait: float) -> None:
        """Wait for the pool's minimum of connections, or close it: nobody would who gets an error instead of it."""
        try:
            await pool.wait(timeout=wait)
        except BaseException as error:
            if pool is not self._pool:
                raise ClosedError(f"{self._conninfo.redacted} was closed while it was opened") from None
            unreachable = self._unreachable(self._settings.timeout)  # closing makes it forget why
            await self.close()
            if isinstance(error, psycopg_pool.PoolTimeout):
                raise unreachable from None
            raise

    async def connect(self) -> Connection:
        """Open a connection outside of the pool, which tells at once what is wrong; again while the server starts up.

        Raises:
            ConnectError: The database cannot be reached within the timeout.
        """
        deadline = monotonic() + self._settings.timeout
        while True:
            try:
                return await self._connection_class.connect(self._conninfo.dsn, **self._connect)
            except psycopg.Error as error:
                said = str(error)
            reason = reason_of(said)
            if not reason.passing or monotonic() + _STARTING > deadline:
                # Out here psycopg's error is not its context: that one holds all parameters, the password too.
                raise self._connect_error(reason, said)
            await sleep(_STARTING)

    def adopt(self, session: PGconn) -> Connection:
        """Return a connection of this lender's kind around a session that is open already; it belongs to no pool."""
        self.reached.enter(State.CONNECTED)
        return self._connection_class(session)

    async def close(self) -> None:
        """Close all connections; may be repeated. Those that are lent are closed when they come back."""
        async with self._lock:
            here = self._pool is not None and not is_over(self.place)
            if here:
                self._require_place(where())
            pool, self._pool, self._closed = self._pool, None, True
        self.reached.enter(State.CLOSED)
        if pool is not None and here:
            # Cancelled on its way, a pool would forget the connections that it has not closed yet.
            await protect(pool.close)
            if self._closed:
                self.reached.enter(State.CLOSED)  # again: a worker may just have been connected

    def lend(self, timeout: float | None = None) -> AsyncLoan:
        """Lend a connection as it is, for the length of a `with` block.

        Args:
            timeout: Seconds to wait for one; default: the settings'.

        Raises:
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: It was closed.
        """
        return AsyncLoan(self, timeout or self._settings.timeout)

    async def borrow(self, wait: float) -> tuple[Pool, Connection]:
        """Return a connection whose server is there, and its pool; the pool replaces those that have none."""
        pool = await self._opened()
        began = monotonic()
        while True:
            try:
                with self.borrowers.wait():
                    connection: Connection = await pool.getconn(timeout=began + wait - monotonic())
            except psycopg_pool.PoolTimeout:
                raise self._none_to_be_had(monotonic() - began) from None
            except psycopg_pool.PoolClosed as error:
                raise ClosedError(f"{self._conninfo.redacted} was closed while a connection was waited for") from error
            if is_alive(connection):
                self.borrowers.lent(connection, current())
                return pool, connection
            await give_back(pool, connection)

    def figures(self) -> PoolFigures:
        """Return what the pool does at this moment."""
        stats = self._pool.get_stats() if self._pool is not None else {}
        return PoolFigures(
            minimum=self._settings.min_size,
            maximum=self._settings.max_size,
            open=stats.get("pool_size", 0),
            in_use=len(self.borrowers),
            waiting=self.borrowers.waiting,
        )

    async def _opened(self) -> Pool:
        pool, place = self._pool, where()
        if pool is not None and place == self.place:
            return pool
        return (await self._ensure_pool(place))[0]

    async def _ensure_pool(self, place: object) -> tuple[Pool, bool]:
        """Return the pool, and whether it had to be made."""
        async with self._lock:
            if self._closed:
                raise ClosedError(f"{self._conninfo.redacted} was closed", hint="open() opens it again")
            pool = None if is_over(self.place) else self._pool
            if pool is not None:
                self._require_place(place)
                return pool, False
            pool = self._new_pool()
            await pool.open()
            # Not before it is open: others look at it without the lock.
            self._pool, self.place, self.borrowers = pool, place, Borrowers()
            return pool, True

    def _require_place(self, place: object) -> None:
        if place != self.place:
            raise UsageError(
                f"the pool of {self._conninfo.redacted} belongs to another event loop, which is still there",
                hint="close() it there, or make a database for each loop",
            )

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
            reconnect_failed=self._try_again,
            configure=self._configure,
            open=False,
        )

    async def _try_again(self, pool: psycopg_pool.AsyncConnectionPool[Any]) -> None:
        """Let a pool that has given up connect once more for those who wait.

        It connects when it is asked for a connection, and who waits has asked already (psycopg_pool 3.2.2 to 3.3.3): in
        an outage they would wait until their time is over, though the server is long back.
        """
        if pool.get_stats()["requests_waiting"]:
            await pool.check()  # grows a pool that is empty

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
        said = self.reached.last_error if self.reached.failed_within(waited) else None
        said = said or f"no answer within {waited:.1f} s (timeout expired)"
        return self._connect_error(reason_of(said), said)

    def _connect_error(self, reason: Reason, said: str) -> ConnectError:
        where_to = self._conninfo.redacted
        said = self._conninfo.redact(said.strip())
        return ConnectError(f"cannot connect to {where_to}: {said}", hint=reason.hint, sqlstate=reason.sqlstate)

    def _watched(self, connection_class: type[Connection]) -> type[Connection]:
        """Return a class that notes how its attempts to connect end: a pool keeps that to itself."""
        reached, conninfo = self.reached, self._settings.url

        class Watched(Interruptible, connection_class):  # type: ignore[valid-type, misc]
            @classmethod
            async def connect(cls, *args: Any, **kwargs: Any) -> Any:
                try:
                    connection = await super().connect(*args, **kwargs)
                except psycopg.Error as error:
                    reached.failed(conninfo.redact(str(error).strip()))
                    raise
                reached.enter(State.CONNECTED)
                return connection

        Watched.__name__ = Watched.__qualname__ = connection_class.__name__
        return Watched


class AsyncLoan:
    """A connection for the length of a `with` block. A class, since each statement goes through it.

    Args:
        lender: Who lends it.
        wait: Seconds to wait for it.
    """

    __slots__ = ("_connection", "_lender", "_pool", "_wait")

    def __init__(self, lender: AsyncLender, wait: float) -> None:
        self._lender = lender
        self._wait = wait

    async def __aenter__(self) -> Connection:
        self._pool, self._connection = await self._lender.borrow(self._wait)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lender.borrowers.returned(self._connection)
        await give_back(self._pool, self._connection)
