"""The databases that a round trip walks on."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, closing

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.incremental import CatalogReader
from pgassay.contract.build import prepare
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.direct import Direct
from pgassay.migrations.model import Migration
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings


class ScratchRoad:
    """A fresh database on a scratch server, prepared by init, on which migrations go up and down.

    Args:
        borrowed: Gives the server; of its own for each road, for a role that a bad down forgets stays on a server.
        recipe: Its init and its migrations.
        settings: Say who the owner is.

    Raises:
        PgassayError: The server cannot be had, or init fails.
    """

    def __init__(self, borrowed: AbstractContextManager[Server], recipe: Recipe, settings: Settings) -> None:
        with ExitStack() as opened:
            self._server = opened.enter_context(borrowed)
            self._name = scratch_name("walk", self._server)
            opened.callback(drop_database, self._server, self._name)
            create_database(self._server, self._name)
            owner = prepare(self._server, self._name, recipe.init, settings)
            connector = ServerConnector(server=self._server, dbname=self._name, owner=owner)
            self._direct = opened.enter_context(closing(Direct(connector)))
            self._opened = opened.pop_all()
        self._migrations = recipe.migrations
        self._applied = 0
        self._reader: CatalogReader | None = None

    def up(self, migration: Migration) -> None:
        """Apply what is not applied yet, up to this step."""
        while self._applied < len(self._migrations) and self._migrations[self._applied].version <= migration.version:
            self._direct.up(self._migrations[self._applied])
            self._applied += 1

    def down(self, migration: Migration) -> None:
        """Undo a step, the last one."""
        self._direct.down(migration)
        self._applied -= 1

    def read(self) -> Catalog:
        """Read the whole catalog: what has changed since the last time."""
        if self._reader is None or self._reader.is_lost:  # a migration may end whatever sessions there are
            connection = self._opened.enter_context(closing(self._server.connect(self._name)))
            self._reader = CatalogReader(connection)
        return self._reader.read()

    def close(self) -> None:
        """Drop the database, and give the server back."""
        self._opened.close()
