"""A private database on a scratch server, for tests that await."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

import psycopg
from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase
from pgassay.runtime._async.waiting import where
from pgassay.sandbox.database import UNDER_TEST
from pgassay.sandbox.leftovers import AsyncNotedLoan, Leftovers
from pgassay.sandbox.login import role_conninfo
from pgassay.sandbox.remembering import Remembering
from pgassay.sandbox.sessions import AsyncReady
from pgassay.servers.server import Server

if TYPE_CHECKING:
    from pgassay.catalog.catalog import Catalog


class AsyncScratchDatabase(AsyncDatabase):
    """A pooled `AsyncDatabase` that is nobody else's; its pool opens when it is needed, in the loop that runs then.

    Args:
        server: Where it is.
        name: The database's name there.
        login: How it is reached, as the role that it acts as.
        session: A session that was opened ahead; the pool is opened only when another one is wanted beside it.

    Attributes:
        kept: Whether it is left as it is when it is taken back.
        leftovers: What a test has borrowed, and not given back.
    """

    kept: bool = False

    def __init__(self, server: Server, name: str, *, login: Conninfo, session: pq.abc.PGconn | None = None) -> None:
        super().__init__(UNDER_TEST.with_(url=login), configure=self._remember, become=self._become_role)
        self.server = server
        self.name = name
        self._left = False
        self.leftovers = Leftovers()
        self._recorder: Remembering = Remembering(self.settings, name)
        self._sessions: WeakSet[psycopg.AsyncConnection[Any]] = WeakSet()
        self._ready = AsyncReady(self._lender.adopt(session)) if session is not None else None

    def last_statements(self) -> list[str]:
        """Return the last statements that its helpers and transactions executed. It is not awaited."""
        return self._recorder.last_statements()

    def catalog(self) -> Catalog:
        """Read the catalog of this database, as it is now; as the server's own role. It is not awaited."""
        from pgassay.catalog.read import read_catalog  # most tests never ask

        with self.server.connect(self.name) as connection:
            return read_catalog(connection)

    def leave(self) -> None:
        """Close from outside of the event loop: what hands a database to a test and takes it back is not awaited.

        The first call is that of the thread in which the loop ran; later ones do nothing. The loop may be over by then
        (anyio's), or rest (pytest-asyncio's); then the pool is closed in it.
        """
        if self._left:
            return
        self._left = True
        for database in self._roles.values():
            database.leave()
        loop = self._lender.place
        if isinstance(loop, asyncio.AbstractEventLoop) and not (loop.is_closed() or loop.is_running()):
            loop.run_until_complete(self.close())
        if self._ready is not None:
            self._ready.close()
        for connection in list(self._sessions):
            connection.pgconn.finish()

    def _lent(self, timeout: float | None = None) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        where()  # an error where no loop runs
        loan = self._ready.loan() if self._ready is not None else None
        return AsyncNotedLoan(loan or super()._lent(timeout), self.leftovers)

    async def _close(self) -> None:
        if self._ready is not None:
            self._ready.close()
        await super()._close()

    async def _remember(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._sessions.add(connection)

    def _become_role(self, _: Conninfo, role: str) -> Conninfo:
        return role_conninfo(self.server, self.name, role)

    def _with(self, conninfo: Conninfo) -> Self:
        other = type(self)(self.server, self.name, login=conninfo)
        other.leftovers = self.leftovers
        return other
