"""The sandbox: private databases on a scratch server, handed out and taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from pgassay.conninfo import Conninfo
from pgassay.errors import ContractError, MigrationError, PgassayError
from pgassay.runtime import PinnedDatabase
from pgassay.sandbox.async_database import AsyncScratchDatabase
from pgassay.sandbox.database import ScratchDatabase, ScratchTransaction
from pgassay.sandbox.finished import Template
from pgassay.sandbox.leftovers import telling
from pgassay.sandbox.login import role_conninfo
from pgassay.sandbox.pool import Pool
from pgassay.sandbox.recipe import Recipe, seed_files
from pgassay.sandbox.spare import Dress, Order
from pgassay.sandbox.template import ensure_template
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from pgassay.catalog.catalog import Catalog

T = TypeVar("T")


class Sandbox:
    """Hands out databases that are made by a recipe, and takes them back.

    Attributes:
        pool: The databases that are at hand.

    Args:
        server: Where they live.
        recipe: What they are made of.
        settings: `role` is the one that they are handed out as, `pool` how many may be at hand.
        run: What is computed once is kept there for all processes.
    """

    def __init__(self, server: Server, recipe: Recipe, settings: Settings, *, run: RunDirectory) -> None:
        self.server = server
        self.recipe = recipe
        self.settings = settings
        self.run = run
        self.pool = Pool(server, ahead=settings.pool, make_workshop=partial(Workshop, run=run))
        self._templates: dict[str, Template] = {}
        self._orders: dict[tuple[object, ...], Order] = {}
        self._logins: dict[tuple[str, str], Conninfo] = {}
        self._failures: dict[str, PgassayError] = {}

    def close(self) -> None:
        """Stop making databases, and drop those that nobody has, where the server outlives the run."""
        from pgassay.servers.failed import kept_databases

        goes = self.server.private and not self.server.run and not kept_databases(self.run.path)
        self.pool.close(drop=not goes)

    def notices(self) -> list[str]:
        """Return what a person should be told at the end: what tests left behind that no database isolates."""
        self.pool.settle()
        return list(dict.fromkeys(self.pool.notices))

    def template(self, recipe: Recipe | None = None) -> Template:
        """Return the finished template of a recipe; default: the sandbox's own.

        Raises:
            PgassayError: Init, a migration or the seed fails.
        """
        wanted = recipe or self.recipe
        return self._template(wanted.digest(self.server.version), wanted)

    def _template(self, digest: str, recipe: Recipe | None) -> Template:
        if digest in self._failures:
            raise self._failures[digest].with_traceback(None)
        if digest not in self._templates:
            key = f"template {self.server.mark} {self.server.conninfo.redacted} {digest}"
            try:
                template = self.run.once(key, lambda: ensure_template(self.server, recipe, self.settings))
            except (ContractError, MigrationError) as error:  # the files': each of many tests would build in vain
                self._failures[digest] = error
                raise
            self._templates[digest] = template
        return self._templates[digest]

    @contextmanager
    def new(
        self, *, migrate_to: int | str | None = None, seed: Path | str | None = None, role: str | None = None
    ) -> Iterator[ScratchDatabase]:
        """Hand out a private, migrated database, and take it back afterwards.

        Args:
            migrate_to: The version to stop at, such as `"012"` or 12; 0: before the first; default: the newest.
            seed: SQL to run after the migrations, in place of `assay_seed`.
            role: The role to act as, in place of `assay_role`.

        Raises:
            UsageError: There is no such migration, seed or role.
            PgassayError: Init, a migration or the seed fails.
        """
        order = self._order("database", self._make_database, migrate_to, seed, role)
        with self._lent(order, ScratchDatabase) as database, telling(database.leftovers):
            yield database

    @contextmanager
    def new_async(
        self, *, migrate_to: int | str | None = None, seed: Path | str | None = None, role: str | None = None
    ) -> Iterator[AsyncScratchDatabase]:
        """Hand out a private, migrated database that is awaited, and take it back. This itself is not awaited.

        Args:
            migrate_to: As for `new`.
            seed: As for `new`.
            role: As for `new`.

        Raises:
            UsageError: There is no such migration, seed or role.
            PgassayError: Init, a migration or the seed fails.
        """
        order = self._order("async", self._make_async, migrate_to, seed, role)
        with self._lent(order, AsyncScratchDatabase) as database:
            try:
                with telling(database.leftovers):
                    yield database
            finally:
                database.leave()

    def pinned(self) -> AbstractContextManager[PinnedDatabase]:
        """Hand out a migrated database on one connection, in a transaction that is rolled back."""
        return self._lent(self._order("transaction", _make_transaction), ScratchTransaction)

    @contextmanager
    def empty(self) -> Iterator[ScratchDatabase]:
        """Hand out a private database as template0 is, without init, as the superuser; take it back afterwards."""
        template = self._template("empty", None)
        order = Order(template, self._login(template, None), "database", self._make_database)
        with self._lent(order, ScratchDatabase) as database, telling(database.leftovers):
            yield database

    def catalog(self) -> Catalog:
        """Return the catalog of the migrated database, read once a run."""
        return self.run.once(f"catalog {self.server.mark} {self.template().name}", self._read)

    def _read(self) -> Catalog:
        with self.new() as database:
            return database.catalog()

    def _order(
        self,
        kind: str,
        dress: Dress,
        migrate_to: int | str | None = None,
        seed: Path | str | None = None,
        role: str | None = None,
    ) -> Order:
        asked = kind, migrate_to, seed, role
        if asked not in self._orders:
            recipe = self.recipe if migrate_to is None else self.recipe.up_to(migrate_to)
            if seed is not None:
                recipe = replace(recipe, seed=seed_files(self.settings.root / seed))
            self.pool.begin()  # while the template is built, or looked for
            template = self.template(recipe)
            login = self._login(template, role or self.settings.role or template.owner)
            self._orders[asked] = Order(template, login, kind, dress)
        return self._orders[asked]

    def _login(self, template: Template, role: str | None) -> Conninfo:
        """Return how the copies of a template are reached, but for their names; on every copy it is the same."""
        key = template.name, role or ""
        if key not in self._logins:
            self._logins[key] = role_conninfo(self.server, template.name, role)
        return self._logins[key]

    @contextmanager
    def _lent(self, order: Order, _: type[T]) -> Iterator[T]:
        """Take from the pool what an order makes, and give it back."""
        spare = self.pool.take(order, _user())
        handed = cast("T", spare.handed)
        try:
            yield handed
        finally:
            self.pool.give_back(spare, keep=getattr(handed, "kept", False))

    def _make_database(self, name: str, login: Conninfo, session: PGconn | None) -> ScratchDatabase:
        return ScratchDatabase(self.server, name, login=login, session=session)

    def _make_async(self, name: str, login: Conninfo, session: PGconn | None) -> AsyncScratchDatabase:
        return AsyncScratchDatabase(self.server, name, login=login, session=session)


def _make_transaction(_: str, login: Conninfo, session: PGconn | None) -> ScratchTransaction:
    return ScratchTransaction(login, session=session)


def _user() -> str:
    """Say which test runs, as pytest has it: `tests/test_x.py::test_y (setup)`."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
