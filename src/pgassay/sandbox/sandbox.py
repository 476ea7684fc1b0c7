"""The sandbox: private databases on a scratch server, handed out and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.errors import ContractError, MigrationError, PgassayError
from pgassay.runtime import PinnedDatabase
from pgassay.sandbox.async_database import AsyncScratchDatabase
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.leftovers import telling
from pgassay.sandbox.login import role_conninfo
from pgassay.sandbox.recipe import Recipe, seed_files
from pgassay.sandbox.template import Template, clone, ensure_template
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings


class Sandbox:
    """Hands out databases that are made by a recipe.

    Args:
        server: Where they live.
        recipe: What they are made of.
        settings: `role` is the one that they are handed out as.
        run: What is computed once is kept there for all processes.
    """

    def __init__(self, server: Server, recipe: Recipe, settings: Settings, *, run: RunDirectory) -> None:
        self.server = server
        self.recipe = recipe
        self.settings = settings
        self.run = run
        self._failures: dict[str, PgassayError] = {}

    def template(self, recipe: Recipe | None = None) -> Template:
        """Return the finished template of a recipe; default: the sandbox's own.

        Raises:
            PgassayError: Init, a migration or the seed fails.
        """
        wanted = recipe or self.recipe
        key = f"template {self.server.mark} {self.server.conninfo.redacted} {wanted.digest(self.server.version)}"
        if key in self._failures:
            raise self._failures[key].with_traceback(None)
        try:
            return self.run.once(key, lambda: ensure_template(self.server, wanted, self.settings))
        except (ContractError, MigrationError) as error:  # the files': each of many tests would build in vain
            self._failures[key] = error
            raise

    @contextmanager
    def new(
        self, *, migrate_to: int | str | None = None, seed: Path | str | None = None, role: str | None = None
    ) -> Iterator[ScratchDatabase]:
        """Hand out a private, migrated database, and drop it afterwards.

        Args:
            migrate_to: The version to stop at, such as `"012"` or 12; 0: before the first; default: the newest.
            seed: SQL to run after the migrations, in place of `assay_seed`.
            role: The role to act as, in place of `assay_role`.

        Raises:
            UsageError: There is no such migration, seed or role.
            PgassayError: Init, a migration or the seed fails.
        """
        name, login = self._hand_out(migrate_to, seed, role)
        with self._lent(name, login) as database:
            yield database

    @contextmanager
    def new_async(
        self, *, migrate_to: int | str | None = None, seed: Path | str | None = None, role: str | None = None
    ) -> Iterator[AsyncScratchDatabase]:
        """Hand out a private, migrated database that is awaited, and drop it afterwards. This itself is not awaited.

        Args:
            migrate_to: As for `new`.
            seed: As for `new`.
            role: As for `new`.

        Raises:
            UsageError: There is no such migration, seed or role.
            PgassayError: Init, a migration or the seed fails.
        """
        name, login = self._hand_out(migrate_to, seed, role)
        database = AsyncScratchDatabase(self.server, name, login=login)
        try:
            with telling(database.leftovers):
                yield database
        finally:
            database.leave()
            if not database.kept:
                drop_database(self.server, name)

    def _hand_out(
        self, migrate_to: int | str | None, seed: Path | str | None, role: str | None
    ) -> tuple[str, Conninfo]:
        """Make a database, and return its name and how it is reached as the role that it is used as."""
        recipe = self.recipe if migrate_to is None else self.recipe.up_to(migrate_to)
        if seed is not None:
            recipe = replace(recipe, seed=seed_files(self.settings.root / seed))
        template = self.template(recipe)
        name = clone(self.server, template, "db")
        try:
            return name, role_conninfo(self.server, name, role or self.settings.role or template.owner)
        except BaseException:
            drop_database(self.server, name)
            raise

    @contextmanager
    def pinned(self) -> Iterator[PinnedDatabase]:
        """Hand out a migrated database on one connection, in a transaction that is rolled back."""
        with self.new() as database, PinnedDatabase(database.settings) as pinned:
            yield pinned

    @contextmanager
    def empty(self) -> Iterator[ScratchDatabase]:
        """Hand out a private database from template0, without init, as the superuser; drop it afterwards."""
        name = scratch_name("empty")
        create_database(self.server, name)
        with self._lent(name, self.server.at(name)) as database:
            yield database

    @contextmanager
    def _lent(self, name: str, login: Conninfo) -> Iterator[ScratchDatabase]:
        # Not opened here: it opens at first use, and some tests only want the URL.
        database = ScratchDatabase(self.server, name, login=login)
        try:
            with closing(database), telling(database.leftovers):
                yield database
        finally:
            if not database.kept:
                drop_database(self.server, name)

    def catalog(self) -> Catalog:
        """Return the catalog of the migrated database, read once a run."""
        template = self.template()
        return self.run.once(f"catalog {self.server.mark} {template.name}", self._read)

    def _read(self) -> Catalog:
        name = clone(self.server, self.template(), "read")
        try:
            with self.server.connect(name) as connection:
                return read_catalog(connection)
        finally:
            drop_database(self.server, name)
