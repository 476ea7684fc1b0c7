"""What the checks look at: contract, migrations, servers, catalogs; each made at first use, once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pgassay.errors import BlindError, CatalogError, TargetError
from pgassay.servers.folders import MAIN_FOLDER

if TYPE_CHECKING:  # a test that only wants a database does not wait for what compares, proves and looks at targets
    import psycopg

    from pgassay.catalog.catalog import Catalog
    from pgassay.catalog.compare import Examination
    from pgassay.contract.load import Contract
    from pgassay.findings import Finding, Report
    from pgassay.migrations.model import Migration, Way
    from pgassay.migrations.sources.format import Format
    from pgassay.runtime import Database
    from pgassay.sandbox.recipe import Migrate, Recipe
    from pgassay.sandbox.sandbox import Sandbox
    from pgassay.servers.provider import Provider
    from pgassay.servers.rundir import RunDirectory
    from pgassay.servers.server import Server
    from pgassay.settings import Settings
    from pgassay.suite.check import Needs
    from pgassay.suite.proved import Proved
    from pgassay.target import Target

T = TypeVar("T")


class Context:
    """Everything that a check may ask for. Making one connects to nothing and starts nothing.

    Args:
        settings: What was chosen.
        run: Gives the directory of the run, in which what is expensive is computed once for all processes.
        folder: Where the scratch server stands in it.

    Class attributes:
        ONE_OF_SEVERAL: Whether there are other targets, too: this one's being out of reach is then not all there is.

    Attributes:
        catalog_key: The name under which the target's catalog is computed once.
    """

    ONE_OF_SEVERAL: ClassVar[bool] = False
    catalog_key = "catalog of the target"

    def __init__(self, settings: Settings, *, run: Callable[[], RunDirectory], folder: str = MAIN_FOLDER) -> None:
        self.settings = settings
        self._folder = folder
        self._run = run
        self._given_server: Callable[[], Server] | None = None
        self._migrate: Migrate | None = None
        self._tool_comes = False
        self._opened = ExitStack()
        self._reports: dict[str, Report] = {}

    def use(self, *, server: Callable[[], Server] | None, migrate: Migrate | None) -> None:
        """Take the scratch server and the tool that migrates from somebody else."""
        self._given_server, self._migrate = server, migrate

    @property
    def given_tool(self) -> Migrate | None:
        """The tool of the user's own that applies the migrations, or None."""
        return self._migrate

    def expect_tool(self) -> None:
        """Know, before anybody has given it, that a tool of the user's own will apply the migrations."""
        self._tool_comes = True

    def member(self, name: str | None) -> Context:  # noqa: ARG002 - where there is one target, or none, it is this one
        """Return the context of the target of a name; None: of the only one, or of the scratch database in its place.

        Raises:
            UsageError: There are several, and none is named.
        """
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    @cached_property
    def run(self) -> RunDirectory:
        """The directory of the run."""
        return self._run()

    @cached_property
    def contract(self) -> Contract:
        """What schema/ says."""
        from pgassay.contract.load import load_contract

        return load_contract(self.settings)

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations, in order; none where the settings say that there are none."""
        from pgassay.contract.irreversible import declare
        from pgassay.contract.load import IRREVERSIBLE
        from pgassay.migrations.sources.find import load

        settings = self.settings
        if settings.migrations is None:
            return ()
        found = load(
            settings.migrations,
            name=settings.format,
            placeholders=settings.placeholders,
            tracking=settings.tracking,
        )
        return declare(found, self.contract.irreversible, path=self.contract.folder / IRREVERSIBLE)

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Other ways to the head: the project's own baselines, and those that the tool keeps."""
        from pgassay.contract.baselines import dumps_in, load_baselines

        settings, tool = self.settings, self.format
        if settings.migrations is None:
            return ()
        folder = settings.root / settings.baselines
        kept = load_baselines(folder, self.migrations) if dumps_in(folder) else ()
        return (*kept, *(tool.ways(settings.migrations, settings.placeholders) if tool is not None else ()))

    @cached_property
    def format(self) -> Format | None:
        """The format of the migrations; None: it is our own, or there are none."""
        from pgassay.migrations.sources.find import find

        settings = self.settings
        if settings.migrations is None:
            return None
        return find(settings.migrations, name=settings.format, tracking=settings.tracking)

    @cached_property
    def target(self) -> Target | None:
        """The target, or None where there is none."""
        if self.settings.db_url is None:
            return None
        from pgassay.target import Target

        return self._opened.enter_context(Target(self.settings.db_url))

    @cached_property
    def target_major(self) -> int:
        """The target's major version.

        Raises:
            BlindError: The target could not be reached.
        """
        return self.look(lambda connection: int(connection.info.server_version) // 10_000)

    @cached_property
    def provider(self) -> Provider:
        """Where servers come from: of the target's major, where the settings name none.

        Raises:
            BlindError: The target's major is wanted, and it cannot be reached.
        """
        from pgassay.servers.provider import Provider

        settings = self.settings
        if settings.pg is None and self.target is not None:
            settings = replace(settings, pg=self.target_major)
        return Provider(settings, self.run, keep_key=self._recipe_digest, folder=self._folder)

    def _recipe_digest(self) -> str:
        return self.recipe.digest()

    @cached_property
    def server(self) -> Server:
        """The scratch server."""
        from pgassay.servers.provider import adopt

        return adopt(self._given_server(), self.run) if self._given_server else self.own_server()

    def own_server(self) -> Server:
        """Return the run's own scratch server; while PostgreSQL comes up, what makes databases is imported.

        Raises:
            UsageError: The choice or the major means nothing.
            ServerError: No server could be had.
        """
        with ThreadPoolExecutor(1) as executor:
            coming = executor.submit(self.provider.server)
            import pgassay.sandbox.sandbox  # noqa: F401 - takes as long

            return coming.result()

    @cached_property
    def recipe(self) -> Recipe:
        """What scratch databases are made of."""
        from pgassay.sandbox.recipe import Recipe, seed_files

        root = self.settings.root
        inputs = (path for glob in self.settings.inputs for path in root.glob(glob) if path.is_file())
        return Recipe(
            init=self.contract.init,
            desired=self.contract.files if self.settings.migrations is None and not self._migrate else (),
            migrations=() if self._migrate else self.migrations,
            migrate=self._migrate,
            inputs=tuple(sorted(set(inputs))),
            seed=seed_files(self.settings.seed),
            owner=self.settings.owner,
            run=self.run.name,
        )

    @cached_property
    def sandbox(self) -> Sandbox:
        """Private databases on the scratch server."""
        server = self.server
        from pgassay.sandbox.sandbox import Sandbox

        return self._opened.enter_context(closing(Sandbox(server, self.recipe, self.settings, run=self.run)))

    @contextmanager
    def private_sandbox(self) -> Iterator[Sandbox]:
        """Give private databases on a server that is nobody else's, stopped at the end; its template is built there.

        Raises:
            BlindError: The scratch server is a URL: there is no other one to be had.
        """
        from pgassay.sandbox.sandbox import Sandbox

        with (
            self.provider.isolated("a test") as server,
            closing(Sandbox(server, self.recipe, self.settings, run=self.run)) as sandbox,
        ):
            yield sandbox

    @cached_property
    def expected(self) -> Catalog:
        """The contract's catalog; without a contract the migrations' head."""
        if self.contract.stated:
            from pgassay.contract.expected import expected_catalog

            return expected_catalog(self.provider, self.contract, self.settings, self.run)
        from pgassay.suite.tool import of_schema_alone

        return of_schema_alone(self.sandbox.catalog(), self.migrations, self.format)

    @cached_property
    def actual(self) -> Catalog:
        """The target's catalog, or the migrations' head where there is no target."""
        if self.target is None:
            return self.sandbox.catalog()
        from pgassay.catalog.read import read_catalog

        return self.run.once(self.catalog_key, lambda: self.look(read_catalog))

    @cached_property
    def looker(self) -> str:
        """The role that looks at the target, as its server knows it: a pooler may log in as another than its client.

        Raises:
            BlindError: The target could not be reached.
        """
        target = self.target
        if target is None:
            raise BlindError("there is no target, so no role looks at one")
        return self.look(lambda _: target.facts.role)

    def notices(self) -> list[str]:
        """Return what a person should be told at the end of the run."""
        made: Sandbox | None = self.__dict__.get("sandbox")
        return made.notices() if made is not None else []

    def look(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Look at the subject: the target, or a migrated scratch database where there is none.

        Args:
            work: Takes a connection in autocommit, and only reads.

        Raises:
            BlindError: The target could not be reached, or was lost.
        """
        if self.target is None:
            with self.sandbox.new() as database, closing(self.server.connect(database.name)) as connection:
                return work(connection)
        try:
            return self.target.use(work)
        except (TargetError, CatalogError) as error:
            raise BlindError(error.message, hint=error.hint, sqlstate=error.sqlstate) from error

    @contextmanager
    def subject(self) -> Iterator[Database]:
        """Give the subject as a database that can only be read.

        Raises:
            BlindError: The target could not be reached.
        """
        if self.target is not None:
            self.look(lambda _: None)  # a pool would try again and again until its time to connect is over
            with self.target.database() as subject:
                yield subject
            return
        from pgassay.target import SubjectDatabase

        with self.sandbox.new() as database, SubjectDatabase(self.server.at(database.name)) as subject:
            yield subject

    @cached_property
    def examination(self) -> Examination:
        """The comparison of what should be with what is."""
        from pgassay.suite.comparison import examine_subject

        return examine_subject(self)

    def expected_database(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        """Give a session in a scratch database with the schema that is expected, in which texts are compared."""
        from pgassay.suite.opinion import expected_database

        return expected_database(self)

    @cached_property
    def kept_database(self) -> psycopg.Connection[Any]:
        """The session of such a database that is kept until the end."""
        return self._opened.enter_context(self.expected_database())

    @cached_property
    def blind(self) -> tuple[Finding, ...]:
        """What could not be read on either side."""
        from pgassay.catalog.blindness import blind_findings

        return blind_findings(self.examination.expected, self.examination.actual)

    @cached_property
    def proved(self) -> Proved:
        """What experiments with the migrations have shown."""
        from pgassay.suite.proved import Proved

        return Proved(self)

    def has(self, need: Needs) -> bool:
        """Return whether what a check needs is there; told without starting or connecting to anything."""
        from pgassay.suite.availability import is_there

        return is_there(self, need)

    @property
    def migrates(self) -> bool:
        """Whether a tool of the user's own applies the migrations."""
        return self._tool_comes or self._migrate is not None

    def report(self, name: str) -> Report:
        """Run the check of a name, once in this process, and take out what accepted.toml accepts."""
        from pgassay.suite.every import every_check  # its modules import what this one declares

        if name not in self._reports:
            self._reports[name] = every_check()[name](self)
        return self.accepting(self._reports[name])

    def accepting(self, report: Report) -> Report:
        """Return a report without the findings that accepted.toml accepts."""
        from pgassay.contract.accepted import apply

        return apply(report, self.contract.accepted)

    def other_keys(self, name: str) -> Iterator[str]:
        """Run every other check that can run, and yield the keys of what they find, accepted or not."""
        from pgassay.suite.every import every_check

        for other in every_check().values():
            if other.name != name and other.missing(self) is None:
                yield from self.keys_of(other.name)

    def keys_of(self, name: str) -> Iterator[str]:
        """Run the check of a name, and yield the keys of what it finds, accepted or not."""
        self.report(name)
        yield from (finding.key for finding in self._reports[name].findings)
