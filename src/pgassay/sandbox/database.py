"""A private database on a scratch server, as a test gets it."""

from __future__ import annotations

from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.runtime.database import UNDER_TEST, Database
from pgassay.sandbox.login import role_conninfo
from pgassay.servers.server import Server


class ScratchDatabase(Database):
    """A pooled `Database` that is nobody else's; it may be written to, altered and committed to.

    Args:
        server: Where it is.
        name: The database's name there.
        role: The role that it acts as; None: the server's own.
    """

    def __init__(self, server: Server, name: str, *, role: str | None) -> None:
        super().__init__(role_conninfo(server, name, role), pool=UNDER_TEST, become=self._become_role)
        self.server = server
        self.name = name
        self.role = role

    def catalog(self) -> Catalog:
        """Read the catalog of this database, as it is now; as the server's own role, which may see everything."""
        with self.server.connect(self.name) as connection:
            return read_catalog(connection)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session of its own, in autocommit, outside of the pool."""
        return psycopg.connect(self.conninfo.dsn, autocommit=True)

    def _become_role(self, _: Conninfo, role: str) -> Conninfo:
        return role_conninfo(self.server, self.name, role)

    def _with(self, conninfo: Conninfo) -> ScratchDatabase:
        database = ScratchDatabase(self.server, self.name, role=self.role)
        database.conninfo = conninfo
        return database
