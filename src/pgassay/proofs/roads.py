"""The databases that a round trip walks on."""

from __future__ import annotations

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.build import prepare
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.model import Migration
from pgassay.migrations.runner import Runner
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings


class ScratchRoad:
    """A fresh database on a scratch server, prepared by init, on which the runner's own code goes up and down.

    Args:
        server: Where; of its own, where migrations make roles.
        recipe: Its init and its migrations.
        settings: Say who the owner is.
    """

    def __init__(self, server: Server, recipe: Recipe, settings: Settings) -> None:
        self._server = server
        self._name = scratch_name("walk")
        create_database(server, self._name)
        owner = prepare(server, self._name, recipe.init, settings)
        self._runner = Runner(ServerConnector(server=server, dbname=self._name, owner=owner), recipe.migrations)

    def up(self, migration: Migration) -> None:
        """Apply the one step after those that are applied."""
        self._runner.up(to=migration.version)

    def down(self, migration: Migration) -> None:  # noqa: ARG002 - the ledger knows which step is the last
        """Undo the last step."""
        self._runner.down(count=1)

    def read(self) -> Catalog:
        """Read the whole catalog."""
        with self._server.connect(self._name) as connection:
            return read_catalog(connection)

    def close(self) -> None:
        """Drop the database."""
        drop_database(self._server, self._name)
