"""A private database on a scratch server, as a test gets it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Self

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.runtime import Database, DatabaseSettings
from pgassay.sandbox.leftovers import Leftovers, NotedLoan
from pgassay.sandbox.login import role_conninfo
from pgassay.servers.server import Server

# A pool of minimum 2 costs more to open than a test's whole budget (7.9 ms against 4.2 ms, two cores).
UNDER_TEST = DatabaseSettings(min_size=0, timeout=10.0)


class ScratchDatabase(Database):
    """A pooled `Database` that is nobody else's; it may be written to, altered and committed to.

    Args:
        server: Where it is.
        name: The database's name there.
        login: How it is reached, as the role that it acts as.

    Attributes:
        kept: Whether it is left as it is when it is taken back.
        leftovers: What a test has opened, and not closed.
    """

    kept: bool = False

    def __init__(self, server: Server, name: str, *, login: Conninfo) -> None:
        super().__init__(UNDER_TEST.with_(url=login), become=self._become_role)
        self.server = server
        self.name = name
        self.leftovers = Leftovers()

    def catalog(self) -> Catalog:
        """Read the catalog of this database, as it is now; as the server's own role, which may see everything."""
        with self.server.connect(self.name) as connection:
            return read_catalog(connection)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session of its own, in autocommit, outside of the pool."""
        return self.leftovers.note(psycopg.connect(self.conninfo.dsn, autocommit=True), "a session of connect()")

    def _lent(self, timeout: float | None = None) -> AbstractContextManager[psycopg.Connection[Any]]:
        return NotedLoan(super()._lent(timeout), self.leftovers)

    def _become_role(self, _: Conninfo, role: str) -> Conninfo:
        return role_conninfo(self.server, self.name, role)

    def _with(self, conninfo: Conninfo) -> Self:
        other = type(self)(self.server, self.name, login=conninfo)
        other.leftovers = self.leftovers
        return other
