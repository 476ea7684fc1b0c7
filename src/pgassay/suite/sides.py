"""Read what is compared: databases and files as they are, contract and migrations from scratch databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.catalog.snapshot import load as load_snapshot
from pgassay.conninfo import Conninfo
from pgassay.contract.expected import expected_catalog, without_roles
from pgassay.contract.load import SNAPSHOT, Contract, load_contract
from pgassay.errors import BlindError, ContractError, PgassayError, UsageError
from pgassay.migrations.sources.find import find
from pgassay.migrations.sources.find import load as load_migrations
from pgassay.migrations.sources.format import Format
from pgassay.sandbox.build import build
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.mark import require_scratch
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.settings.parse import MAJORS
from pgassay.suite.sources import ContractSource, LiveSource, MigrationsSource, SnapshotSource, Source
from pgassay.suite.tool import of_schema_alone
from pgassay.target import Target, TargetFacts

STALE = '"{}" is stale: it was made from other files than "{}" holds now'
Built = ContractSource | MigrationsSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison, read.

    Attributes:
        source: What was read.
        catalog: What it holds.
        facts: What is known of a database that runs, or None.
        knows_roles: Whether its roles can be told from those of others.
        notes: What a reader must know of it.
        tool: The format of migrations that another tool applies, which keeps a table for itself wherever it does.
    """

    source: Source
    catalog: Catalog
    facts: TargetFacts | None = None
    knows_roles: bool = True
    notes: tuple[str, ...] = ()
    tool: Format | None = None


def read_sides(sources: tuple[Source, Source], settings: Settings, run: RunDirectory) -> tuple[Side, Side, Builder]:
    """Read both, first what is there: what is built, is built on its major where the settings say none.

    Args:
        sources: What is expected, and what is looked at.
        settings: What was chosen.
        run: The run that scratch servers belong to.

    Returns:
        Both sides, and what built them.

    Raises:
        UsageError: A version that is no migration's.
        BlindError: One of them cannot be read, or cannot be built.
    """
    with _blind():
        there = [_read(source, settings) for source in sources if not isinstance(source, Built)]
        targets = [side.source.conninfo for side in there if isinstance(side.source, LiveSource)]
        builder = Builder(_for_building(settings, there), run, targets)
        built = [builder.side(source) for source in sources if isinstance(source, Built)]
        expected, found = sorted([*there, *built], key=lambda side: sources.index(side.source))
        return expected, found, builder


@contextmanager
def _blind() -> Iterator[None]:
    """Whatever keeps from looking, a broken file too, is no difference."""
    try:
        yield
    except (UsageError, BlindError):
        raise
    except PgassayError as error:
        raise BlindError(error.message, hint=error.hint, sqlstate=error.sqlstate) from error


def _for_building(settings: Settings, there: list[Side]) -> Settings:
    """Build on the major of the other side, where the settings name none and the server is ours to choose."""
    majors = [side.catalog.major for side in there if side.catalog.major in MAJORS]
    pg = settings.pg or (majors[0] if majors and not isinstance(settings.server, Conninfo) else None)
    return replace(settings, pg=pg, db_url=None)


def _read(source: LiveSource | SnapshotSource, settings: Settings) -> Side:
    if isinstance(source, SnapshotSource):
        return _read_snapshot(source, settings)
    with Target(source.conninfo) as target:
        facts = target.facts
        return Side(source=source, catalog=target.use(read_catalog), facts=facts)


def _read_snapshot(source: SnapshotSource, settings: Settings) -> Side:
    try:
        snapshot = load_snapshot(source.path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BlindError(f'"{source.title}" cannot be read: {error}') from error
    except PgassayError as error:
        raise BlindError(f'"{source.title}": {error.message}', hint=error.hint) from error
    stale = _is_stale(source, settings, snapshot.contract_hash)
    notes = (STALE.format(source.title, source.path.parent),) if stale else ()
    return Side(source=source, catalog=snapshot.catalog, notes=notes)


def _is_stale(source: SnapshotSource, settings: Settings, contract_hash: str) -> bool:
    """Tell whether it is the contract's own snapshot, of other files than there are now."""
    if source.path != (settings.root / settings.schema / SNAPSHOT).resolve():
        return False
    return contract_hash != load_contract(settings).hash


class Builder:
    """Builds contracts and migrations on scratch servers, whose roles are theirs alone where that can be had.

    Args:
        settings: What was chosen.
        run: The run that the servers belong to.
        targets: Databases that are only read: nothing is built on their servers.
    """

    def __init__(self, settings: Settings, run: RunDirectory, targets: Sequence[Conninfo]) -> None:
        self._settings = settings
        self._run = run
        self._targets = targets
        self._alone = not isinstance(settings.server, Conninfo)
        self._provider = Provider(settings, run)

    def side(self, source: Built) -> Side:
        """Build, and read.

        Raises:
            PgassayError: A file of it fails, or there is no scratch server.
        """
        self._refuse_targets()
        tool = self._tool(source) if isinstance(source, MigrationsSource) else None
        return Side(source=source, catalog=self._catalog(source), knows_roles=self._alone, tool=tool)

    def _tool(self, source: MigrationsSource) -> Format | None:
        return find(source.folder, name=self._settings.format, tracking=self._settings.tracking)

    def _catalog(self, source: Built) -> Catalog:
        if isinstance(source, ContractSource):
            return expected_catalog(self._provider, self._contract(source), self._settings, self._run)
        if not self._alone:
            return without_roles(self._read(self._provider.server(), source), "the migrations")
        with self._provider.isolated("migrations") as server:
            return self._read(server, source)

    def _read(self, server: Server, source: MigrationsSource) -> Catalog:
        recipe = self._recipe(source)
        with self._built(server, recipe) as connection:
            return of_schema_alone(read_catalog(connection), recipe.migrations, self._tool(source))

    def referee(self, *sources: Source) -> Built | None:
        """Return what a database can be made of in which texts are compared: a side, else the project's own schema."""
        built = next((source for source in sources if isinstance(source, Built)), None)
        if built is not None:
            return built
        if self._states_schema():
            return ContractSource(self._settings.schema, "contract:")
        folder = self._settings.migrations
        return MigrationsSource(folder, None, "migrations:") if folder is not None and folder.exists() else None

    def _states_schema(self) -> bool:
        """Tell whether the project has a contract; one that cannot be right is told by whoever builds it."""
        try:
            return load_contract(self._settings).stated
        except ContractError:
            return True

    @contextmanager
    def database(self, source: Built) -> Iterator[psycopg.Connection[Any]]:
        """Build a database, and give a session in it as superuser; dropped at the end."""
        self._refuse_targets()
        with self._built(self._provider.server(), self._recipe(source)) as connection:
            yield connection

    def _refuse_targets(self) -> None:
        """Make nothing on the server of a database that is only read."""
        if isinstance(self._settings.server, Conninfo):
            require_scratch(self._settings.server, self._targets)

    @contextmanager
    def _built(self, server: Server, recipe: Recipe) -> Iterator[psycopg.Connection[Any]]:
        name = scratch_name("drift", server)
        with ExitStack() as opened:
            opened.callback(drop_database, server, name)
            create_database(server, name)
            build(server, name, recipe, self._settings)
            yield opened.enter_context(closing(server.connect(name)))

    def _recipe(self, source: Built) -> Recipe:
        """Return what the database is made of: schema alone, no seed."""
        if isinstance(source, ContractSource):
            contract = self._contract(source)
            return Recipe(init=contract.init, desired=contract.files, owner=self._settings.owner)
        recipe = Recipe(
            init=load_contract(self._settings).init,
            migrations=load_migrations(
                source.folder,
                name=self._settings.format,
                placeholders=self._settings.placeholders,
                tracking=self._settings.tracking,
            ),
            owner=self._settings.owner,
        )
        return recipe if source.version is None else recipe.up_to(source.version)

    def _contract(self, source: ContractSource) -> Contract:
        return load_contract(replace(self._settings, schema=source.folder))
