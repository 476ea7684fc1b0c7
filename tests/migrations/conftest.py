"""Folders of migrations, a role that owns, and a runner for them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.model import StepResult
from pgassay.migrations.runner import Patience, Runner, Watcher
from pgassay.migrations.sources.native import load
from pgassay.servers.server import Server

FINISHED_BOTH = [(1, "finished"), (2, "finished")]  # in the ledger
QUICK = Patience(lock_timeout=0.1, attempts=3, pause=0.05, runner=0.3)


@dataclass
class Project:
    """A folder of migrations and the database that they are for."""

    folder: Path
    server: Server
    dbname: str
    owner: str
    results: list[StepResult] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def write(self, name: str, up: str, down: str | None = None, *, options: str = "", down_options: str = "") -> Path:
        path = self.folder / f"{name}.sql"
        text = f"-- migrate:up {options}\n{up}\n"
        path.write_text(text + (f"-- migrate:down {down_options}\n{down}\n" if down is not None else ""))
        return path

    @property
    def connector(self) -> ServerConnector:
        return ServerConnector(server=self.server, dbname=self.dbname, owner=self.owner)

    def runner(
        self,
        *,
        patience: Patience = QUICK,
        on_step: Callable[[StepResult], object] | None = None,
        on_wait: Callable[[str], object] | None = None,
    ) -> Runner:
        watch = Watcher(
            on_step=on_step or self.results.append,
            on_wait=on_wait or self.waits.append,
            on_notice=lambda notice: self.notices.append(notice.message_primary or ""),
        )
        return Runner(self.connector, load(self.folder), watch=watch, patience=patience)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Ask as superuser."""
        with self.server.connect(self.dbname) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def ledger(self) -> list[tuple[Any, ...]]:
        return self.fetch("SELECT version, state FROM pgassay.ledger ORDER BY version")

    def has(self, table: str) -> bool:
        return self.fetch(f"SELECT to_regclass('{table}') IS NOT NULL") == [(True,)]


def make_owner(server: Server, dbname: str, role: str, *, login: bool = True) -> None:
    """Make a role that may do what migrations need, and is no superuser."""
    with server.connect(dbname) as connection:
        name, kind = sql.Identifier(role), sql.SQL("LOGIN" if login else "NOLOGIN")
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, kind))
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(sql.Identifier(dbname), name))
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(name))


@pytest.fixture
def project(tmp_path: Path, server: Server, database: Conninfo, role_name: Callable[..., str]) -> Project:
    """An empty folder, an empty database, an owner that may log in."""
    owner, dbname = role_name("owner"), database.get("dbname")
    make_owner(server, dbname, owner)
    return Project(tmp_path, server, dbname, owner)


@pytest.fixture
def any_project(tmp_path: Path, any_server: Server, any_database: Conninfo) -> Iterator[Project]:
    """The same, once on each major."""
    owner, dbname = f"owner_{secrets.token_hex(4)}", any_database.get("dbname")
    make_owner(any_server, dbname, owner)
    project = Project(tmp_path, any_server, dbname, owner)
    yield project
    project.fetch(f"DROP OWNED BY {owner}; DROP ROLE {owner}")
