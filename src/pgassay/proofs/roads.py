"""The databases that proofs walk on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from dataclasses import replace
from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.incremental import CatalogReader
from pgassay.contract.build import prepare
from pgassay.errors import CatalogError
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.direct import Direct
from pgassay.migrations.model import Migration, Piece
from pgassay.migrations.race import race
from pgassay.sandbox.carry import put_carried, read_carried
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

READS_BETWEEN_VACUUMS = 60
"""Objects that come and go leave dead rows in the system catalogs; to read past them takes longer from step to step."""


def scratch_road(borrowed: AbstractContextManager[Server], recipe: Recipe, settings: Settings) -> ScratchRoad:
    """Make a fresh database on a scratch server, prepared by init.

    Args:
        borrowed: Gives the server; of its own for each road, for a role that a bad down forgets stays on a server.
        recipe: Its init and its migrations.
        settings: Say who the owner is.

    Raises:
        PgassayError: The server cannot be had, or init fails.
    """
    with ExitStack() as opened:
        server = opened.enter_context(borrowed)
        name = scratch_name("walk", server)
        opened.callback(drop_database, server, name)
        create_database(server, name)
        owner = prepare(server, name, recipe.init, settings)
        return ScratchRoad(server, name, owner, recipe.migrations, opened=opened.pop_all())


class ScratchRoad:
    """A database on which migrations go up and down.

    Args:
        server: The server.
        name: The database.
        owner: The role that migrations run as.
        migrations: All of them, in order.
        opened: What is closed at the end.
        applied: How many of them are applied.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        owner: str,
        migrations: tuple[Migration, ...],
        *,
        opened: ExitStack,
        applied: int = 0,
    ) -> None:
        self._server, self._name, self._owner = server, name, owner
        self._migrations, self._applied = migrations, applied
        self._opened = opened
        self._sessions = ExitStack()
        self._direct: Direct | None = None
        self._reader: CatalogReader | None = None
        self._looker: psycopg.Connection[Any] | None = None
        self._reads = 0

    def up(self, migration: Migration) -> None:
        """Apply what is not applied yet, up to this step."""
        while self._applied < len(self._migrations) and self._migrations[self._applied].version <= migration.version:
            self.direct.up(self._migrations[self._applied])
            self._applied += 1

    def apply(self, migration: Migration) -> None:
        """Apply a step, whatever else is applied: from there on, what is applied up to where is not known."""
        self.direct.up(migration)

    def down(self, migration: Migration) -> None:
        """Undo a step, the last one."""
        self.direct.down(migration)
        self._applied -= 1

    def pass_over(self, _migration: Migration) -> None:
        """Count a step, the last one, as undone, and leave what it made."""
        self._applied -= 1

    def read(self) -> Catalog:
        """Read the whole catalog: what has changed since the last time."""
        self._reads += 1
        if self._reads % READS_BETWEEN_VACUUMS == 0:
            self.look().execute("VACUUM (SKIP_LOCKED)")  # a step that is rehearsed has its locks
        reader = self._reader = self._reader or CatalogReader(self._open(), alone=True)
        try:
            return reader.read()
        except CatalogError:
            if not reader.is_lost:
                raise
        self._reader = CatalogReader(self._open(), alone=True)  # a migration has ended whatever sessions there were
        return self._reader.read()

    def look(self) -> psycopg.Connection[Any]:
        """Return a session of the server's own role, one that a migration has not ended."""
        if self._looker is not None:
            with suppress(psycopg.OperationalError):
                self._looker.execute("SELECT")
        if self._looker is None or self._looker.closed:
            self._looker = self._open()
        return self._looker

    def _open(self) -> psycopg.Connection[Any]:
        return self._sessions.enter_context(closing(self._server.connect(self._name)))

    def copy(self) -> ScratchRoad:
        """Make a database like this one on its server."""
        self._end_sessions()
        with ExitStack() as opened, closing(self._server.connect()) as admin:
            name, carried = scratch_name("walk", self._server), read_carried(admin, self._name)
            opened.callback(drop_database, self._server, name)
            create_database(self._server, name, template=self._name, owner=carried.owner)
            put_carried(admin, carried, name)
            return ScratchRoad(
                self._server, name, self._owner, self._migrations, opened=opened.pop_all(), applied=self._applied
            )

    def verify(self, migration: Migration) -> None:
        """Run what shows that a step's up did its work."""
        self.direct.verify(migration)

    def part(self, migration: Migration, pieces: Sequence[Piece]) -> None:
        """Run some queries of a step's up, which then is not applied; what is open at their end is rolled back."""
        some = replace(migration.up, pieces=(*pieces, Piece("ROLLBACK")), transaction=False)
        self.direct.run(replace(migration, up=some))

    def prepare(self, migration: Migration) -> None:
        """Have what a step's tool makes before the first one, such as its table."""
        self.direct.prepare(migration)

    def rehearse(self, migration: Migration, statements: Sequence[Piece]) -> Generator[Piece, None, None]:
        """Run the statements of a step's up in one transaction that fails behind the last of them."""
        return self.direct.rehearse(migration, statements)

    def race(self, migration: Migration) -> bool:
        """Take the next step in two sessions at once, and tell whether both came through."""
        self.prepare(migration)
        with closing(self._connector.as_owner()) as first, closing(self._connector.as_owner()) as second:
            came_through = race(first, second, migration.up, path=migration.path, watcher=self.look())
        self._applied += 1
        return came_through

    def session(self) -> psycopg.Connection[Any]:
        """Return the session in which the last up ran, as it left it."""
        return self.direct.owner()

    @property
    def direct(self) -> Direct:
        """What runs scripts, as the owner."""
        if self._direct is None:
            self._direct = self._sessions.enter_context(closing(Direct(self._connector)))
        return self._direct

    @property
    def _connector(self) -> ServerConnector:
        return ServerConnector(server=self._server, dbname=self._name, owner=self._owner)

    def _end_sessions(self) -> None:
        self._sessions.close()
        self._direct = self._reader = self._looker = None

    def close(self) -> None:
        """Drop the database, and give the server back."""
        self._sessions.close()
        self._opened.close()
