"""Run one migration of Django's by Django itself, on our session: its connection of the alias `default` is ours.

Source: github.com/django/django, django/db/migrations/executor.py, django/db/backends/postgresql/base.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations import executor as executors
from django.db.migrations.state import ProjectState
from django.db.utils import OperationalError, load_backend
from psycopg.abc import AdaptContext

from pgassay.migrations.fault import migrating
from pgassay.migrations.lending import Lent
from pgassay.migrations.model import Direction
from pgassay.migrations.sources.python_project import at_home, replaced

_POSTGRESQL = "django.db.backends.postgresql"
_KEPT_OPTIONS = frozenset({"isolation_level", "options", "server_side_binding"})  # the others say how to connect


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of Django's.

    Attributes:
        root: The folder of manage.py.
        loader: Its graph of migrations.
        plan: The migrations, in order.
        states: The models before each of them, as far as they are known.
    """

    root: Path
    loader: Any
    plan: tuple[Any, ...]
    states: list[Any] = field(default_factory=list)

    def before(self, place: int) -> Any:
        """Return the models before a migration. They are kept, as Django keeps them: they take long to make."""
        if not self.states:
            self.states.append(ProjectState(real_apps=self.loader.unmigrated_apps))
            _ = self.states[0].apps  # made once here; each state after it makes only what is new in it
        for migration in self.plan[len(self.states) - 1 : place]:
            self.states.append(migration.mutate_state(self.states[-1], preserve=True))
        return self.states[place].clone()


@dataclass(frozen=True, slots=True)
class Run:
    """Runs one migration one way.

    Attributes:
        name: The migration, with its app.
        place: Its place in the project's plan.
        direction: The way.
        project: Its project; left out of what it is recognised by, which must be the same tomorrow.
    """

    name: str
    place: int
    direction: Direction
    project: Project = field(repr=False, compare=False)

    def __call__(self, connection: psycopg.Connection[Any]) -> None:
        """Run it on a session in autocommit, and write it down in Django's own table."""
        project, migration = self.project, self.project.plan[self.place]
        with at_home(project.root, str(project.root)), connected(connection) as wrapper:
            wrapper.ensure_connection()  # Django has read its table by now, and operations count on it
            with replaced(executors, MigrationLoader=lambda _: project.loader):  # reading all files takes long
                executor = executors.MigrationExecutor(wrapper)
            if self.direction is Direction.UP:
                executor.recorder.ensure_schema()
                executor.record_migration = migrating(executor.record_migration, own=False)
                migrating(executor.apply_migration)(project.before(self.place), migration)
                executor.check_replacements()
            else:
                executor.unapply_migration(_made_anew(project.before(self.place)), migration)
                _drop_if_empty(executor.recorder, wrapper)


def _made_anew(state: Any) -> Any:
    """Let the models of a state be made together, as Django does before it goes back.

    On the way up they are made one by one, and may then know each other otherwise than those that are made at once.
    """
    del state.apps
    _ = state.apps
    return state


def _drop_if_empty(recorder: Any, wrapper: Any) -> None:
    """Take Django's table away where nothing is applied any more: it was not there before the first migration."""
    if not recorder.applied_migrations():
        with wrapper.schema_editor() as editor:
            editor.delete_model(recorder.Migration)


@contextmanager
def connected(connection: psycopg.Connection[Any] | None) -> Iterator[Any]:
    """Let the alias `default` lead to a session, and no other alias anywhere; None: not even that one.

    Django's connections are of PostgreSQL meanwhile, whatever the settings say: migrations ask which one it is, some as
    soon as they are imported.
    """
    kept = {wrapper.alias: wrapper for wrapper in connections.all(initialized_only=True)}
    try:
        for alias in connections:
            connections[alias] = _wrapper(connection if alias == DEFAULT_DB_ALIAS else None, alias)
        yield connections[DEFAULT_DB_ALIAS]
    finally:
        for alias in connections:
            connections[alias].close()
            del connections[alias]
            if alias in kept:
                connections[alias] = kept[alias]


def _wrapper(connection: psycopg.Connection[Any] | None, alias: str) -> Any:
    """Make Django's connection: of the project's own backend, where it is one for PostgreSQL."""
    settings = connections.settings[alias]
    options = {name: value for name, value in settings["OPTIONS"].items() if name in _KEPT_OPTIONS}
    members = {"ensure_connection": _refuse} if connection is None else _leading_to(connection)
    backend: Any = type("DatabaseWrapper", (_backend(settings["ENGINE"]),), members)
    return backend({**settings, **_where(connection), "OPTIONS": options}, alias)


def _where(connection: psycopg.Connection[Any] | None) -> dict[str, object]:
    """Return the settings of a connection that say where it leads to; without a password, for nobody connects."""
    where = dict.fromkeys(("NAME", "USER", "PASSWORD", "HOST", "PORT"), "")
    if connection is None:
        return {**where}
    info = connection.info
    return {**where, "NAME": info.dbname, "USER": info.user, "HOST": info.host, "PORT": info.port}


def _leading_to(connection: psycopg.Connection[Any]) -> dict[str, object]:
    """Return the members of a backend by which its driver gives it the session."""

    def connect(*, context: AdaptContext, cursor_factory: Any = None, options: str = "", **_: object) -> Lent:
        given = Lent(connection.pgconn, adapters=context.adapters)
        given.cursor_factory = cursor_factory or given.cursor_factory  # Django 4.2 sets it afterwards
        given.set(options)
        return given

    driver = SimpleNamespace(**{**vars(psycopg), "connect": connect})
    return {"Database": driver, "ensure_connection": _ensure}


def _backend(engine: str) -> Any:
    """Return the project's backend, PostGIS's for one; else Django's own for PostgreSQL."""
    try:
        found = load_backend(engine).DatabaseWrapper
    except ImproperlyConfigured:  # its driver is not installed
        found = None
    return found if getattr(found, "vendor", None) == "postgresql" else load_backend(_POSTGRESQL).DatabaseWrapper


def _ensure(wrapper: Any) -> None:
    """Connect, as Django does; pytest-django forbids it to whoever does not say it himself."""
    if wrapper.connection is None:
        with wrapper.wrap_database_errors:
            wrapper.connect()


def _refuse(wrapper: Any) -> None:
    raise OperationalError(
        f'the database "{wrapper.alias}" is out of reach: only migrations on "{DEFAULT_DB_ALIAS}" run'
    )
