"""Run revisions of Alembic's by Alembic itself: through env.py, on our session, whatever engine env.py makes.

Source: github.com/sqlalchemy/alembic, alembic/runtime/environment.py, alembic/runtime/migration.py.
"""

from __future__ import annotations

import logging.config
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError
from pgassay.migrations.fault import migrating
from pgassay.migrations.lending import Lent, lent
from pgassay.migrations.model import Direction
from pgassay.migrations.sources.flask_app import context_of
from pgassay.migrations.sources.python_project import at_home, replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of Alembic's.

    Attributes:
        config: What its alembic.ini says.
        scripts: Its revisions.
        root: The folder in which its commands are run.
        paths: From where it imports.
    """

    config: Config
    scripts: ScriptDirectory
    root: Path
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Runs revisions one way: one alone, or several as Alembic does at once.

    Attributes:
        revisions: Their identifiers, in order.
        direction: The way.
        project: Its project; left out of what it is recognised by, which must be the same tomorrow.
    """

    revisions: tuple[str, ...]
    direction: Direction
    project: Project = field(repr=False, compare=False)

    def __call__(self, connection: psycopg.Connection[Any]) -> None:
        """Run it on a session in autocommit, and write it down in Alembic's own table.

        Raises:
            MigrationError: env.py runs no migration.
        """
        contexts: list[MigrationContext] = []

        def steps(_heads: object, context: MigrationContext) -> Iterable[RevisionStep]:
            contexts.append(context)
            return [self._step(revision) for revision in self.revisions]

        _point_to(self.project.config, connection)
        _run_env(self.project, connection, steps)
        if not contexts:
            raise MigrationError(
                f'"{self.project.scripts.dir}/env.py" runs no migration',
                hint="it has to call context.run_migrations() where context.is_offline_mode() is false",
            )
        if self.direction is Direction.DOWN:
            _drop_if_empty(connection, contexts[0])

    def _step(self, revision: str) -> RevisionStep:
        scripts = self.project.scripts
        up = self.direction is Direction.UP
        make = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
        step = make(scripts.revision_map, scripts.get_revision(revision))
        step.migration_fn = migrating(step.migration_fn)
        return step


def _run_env(project: Project, connection: psycopg.Connection[Any], steps: Any) -> None:
    """Run env.py; its logging is for the command line, and would silence the loggers of whoever runs us."""
    with (
        at_home(project.root, *project.paths),
        lent(connection) as given,
        _engines_lead_to(given, connection),
        context_of(Path(project.scripts.dir) / "env.py", project.root),
        replaced(logging.config, fileConfig=_nothing, dictConfig=_nothing),
        EnvironmentContext(project.config, project.scripts, fn=steps),
    ):
        project.scripts.run_env()


def _nothing(*_: object, **__: object) -> None:
    """Leave it as it is."""


def _point_to(config: Config, connection: psycopg.Connection[Any]) -> None:
    """Give env.py the URL of the database, without a password: it will not have to connect."""
    info = connection.info
    where = Conninfo.of(host=info.host, port=info.port, user=info.user, dbname=info.dbname)
    url = where.url.replace("postgresql://", "postgresql+psycopg://", 1)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


class _Way:
    """An engine that leads to whatever session is lent: it has looked at the server, and keeps what it has compiled."""

    def __init__(self) -> None:
        self.given: Lent | None = None
        self.engine = create_engine(
            "postgresql+psycopg://", creator=lambda: self.given, poolclass=StaticPool, hide_parameters=True
        )


# Of each session, by the schema where names without one lead: an engine remembers that, too.
_WAYS: WeakKeyDictionary[psycopg.Connection[Any], dict[str | None, _Way]] = WeakKeyDictionary()


@contextmanager
def _engines_lead_to(given: Lent, session: psycopg.Connection[Any]) -> Iterator[None]:
    """Let every engine connect to the session, also one of another driver, an asynchronous one, or one made before."""
    ours = _way_of(session)
    connect, raw = Engine.connect, Engine.raw_connection

    def connect_ours(engine: Engine) -> Connection:
        given.set(_options_of(engine.url))
        return connect(ours.engine).execution_options(**engine.get_execution_options())

    ours.given = given
    try:
        with replaced(Engine, connect=connect_ours, raw_connection=lambda _: raw(ours.engine)):
            yield
    finally:
        ours.engine.dispose()
        ours.given = None


def _way_of(session: psycopg.Connection[Any]) -> _Way:
    row = session.execute("SELECT current_schema()").fetchone()
    ways = _WAYS.setdefault(session, {})
    schema = row and row[0]
    if schema not in ways:
        ways[schema] = _Way()
    return ways[schema]


def _options_of(url: URL) -> str:
    """Return what an engine's URL sets in the session."""
    options = url.query.get("options", "")
    return options if isinstance(options, str) else " ".join(options)


def _drop_if_empty(connection: psycopg.Connection[Any], context: MigrationContext) -> None:
    """Take Alembic's table away where nothing is applied any more: it was not there before the first revision."""
    table = sql.Identifier(*filter(None, (context.version_table_schema, context.version_table)))
    row = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
    if row is not None and not row[0]:
        connection.execute(sql.SQL("DROP TABLE {}").format(table))
