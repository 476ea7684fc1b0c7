"""A private database on a scratch server, as a test gets it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.runtime import Database, DatabaseSettings, PinnedDatabase
from pgassay.runtime.pinned import PinnedConnection
from pgassay.sandbox.leftovers import Leftovers, NotedLoan
from pgassay.sandbox.login import role_conninfo
from pgassay.sandbox.remembering import Remembering
from pgassay.sandbox.sessions import Ready
from pgassay.servers.server import Server

if TYPE_CHECKING:
    from pgassay.catalog.catalog import Catalog

# A pool of minimum 2 costs more to open than a test's whole budget (7.9 ms against 4.2 ms, two cores).
UNDER_TEST = DatabaseSettings(min_size=0, timeout=10.0)


class ScratchDatabase(Database):
    """A pooled `Database` that is nobody else's; it may be written to, altered and committed to.

    Args:
        server: Where it is.
        name: The database's name there.
        login: How it is reached, as the role that it acts as.
        session: A session that was opened ahead; the pool is opened only when another one is wanted beside it.

    Attributes:
        kept: Whether it is left as it is when it is taken back.
        leftovers: What a test has opened, and not closed.
    """

    kept: bool = False

    def __init__(self, server: Server, name: str, *, login: Conninfo, session: pq.abc.PGconn | None = None) -> None:
        super().__init__(UNDER_TEST.with_(url=login), become=self._become_role)
        self.server = server
        self.name = name
        self.leftovers = Leftovers()
        self._recorder: Remembering = Remembering(self.settings, name)
        self._ready = Ready(self._lender.adopt(session)) if session is not None else None

    def last_statements(self) -> list[str]:
        """Return the last statements that its helpers and transactions executed."""
        return self._recorder.last_statements()

    def catalog(self) -> Catalog:
        """Read the catalog of this database, as it is now; as the server's own role, which may see everything."""
        from pgassay.catalog.read import read_catalog  # most tests never ask

        with self.server.connect(self.name) as connection:
            return read_catalog(connection)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session of its own, in autocommit, outside of the pool."""
        return self.leftovers.note(psycopg.connect(self.conninfo.dsn, autocommit=True), "a session of connect()")

    def leave(self) -> None:
        """Close its sessions, from whatever thread."""
        self.close()

    def _lent(self, timeout: float | None = None) -> AbstractContextManager[psycopg.Connection[Any]]:
        loan = self._ready.loan() if self._ready is not None else None
        return NotedLoan(loan or super()._lent(timeout), self.leftovers)

    def _close(self) -> None:
        if self._ready is not None:
            self._ready.close()
        super()._close()

    def _become_role(self, _: Conninfo, role: str) -> Conninfo:
        return role_conninfo(self.server, self.name, role)

    def _with(self, conninfo: Conninfo) -> Self:
        other = type(self)(self.server, self.name, login=conninfo)
        other.leftovers = self.leftovers
        return other


class ScratchTransaction(PinnedDatabase):
    """A `PinnedDatabase` on a private database.

    Args:
        login: How it is reached, as the role that it acts as.
        session: A session that was opened ahead, for the first transaction.
    """

    def __init__(self, login: Conninfo, *, session: pq.abc.PGconn | None = None) -> None:
        super().__init__(UNDER_TEST.with_(url=login))
        self._recorder: Remembering = Remembering(self.settings, login.get("dbname"))
        self._session = session

    def last_statements(self) -> list[str]:
        """Return the last statements that its helpers and transactions executed."""
        return self._recorder.last_statements()

    def close(self) -> None:
        """Roll everything back, and disconnect; may be repeated."""
        session, self._session = self._session, None
        if session is not None:
            session.finish()
        super().close()

    def leave(self) -> None:
        """Close its session, from whatever thread; what was done goes with it."""
        self.close()

    def _new_connection(self) -> PinnedConnection:
        session, self._session = self._session, None
        if session is None:
            return super()._new_connection()
        connection = self._lender.adopt(session)
        assert isinstance(connection, PinnedConnection)
        return connection
