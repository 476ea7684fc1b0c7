"""A folder of another tool's migrations: loaded, walked up and down on a server, and compared with the tool's table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration
from pgassay.migrations.session import run_script
from pgassay.migrations.sources.find import find, format_called, load
from pgassay.migrations.status import Status
from pgassay.migrations.tracking import tool_status
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import walk
from pgassay.proofs.survival import survive
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.settings.formats import FORMATS
from pgassay.suite.proofs import differences
from pgassay.suite.tool import forgetting
from pgassay.target import reading


@dataclass
class Folder:
    """A folder of another tool's migrations; most tests only read it, and need neither server nor database."""

    path: Path
    request: pytest.FixtureRequest
    placeholders: Mapping[str, str] = field(default_factory=dict)
    tracking: str | None = None

    @property
    def server(self) -> Server:
        """A server of the module's own to walk on."""
        server: Server = self.request.getfixturevalue("private_server")
        return server

    @property
    def database(self) -> Conninfo:
        """An empty database to look at."""
        database: Conninfo = self.request.getfixturevalue("database")
        return database

    def write(self, **files: str) -> None:
        """Write files by name, with `/` and `.` as they are: `write(**{"001_a.up.sql": "..."})`."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    @property
    def format(self) -> str | None:
        """The format that the folder looks like."""
        found = find(self.path)
        return None if found is None else found.name

    @property
    def candidates(self) -> list[str]:
        """All formats that the folder looks like, without a word of the project around it."""
        return [name for name in FORMATS if format_called(name).looks_like(self.path)]

    def load(self, name: str | None = None) -> tuple[Migration, ...]:
        return load(self.path, name=name, placeholders=self.placeholders, tracking=self.tracking)

    def walk(self, name: str | None = None) -> list[list[str]]:
        """Take all up, down and up: the rules that each step breaks, and those of the way down."""
        migrations, settings = self.load(name), Settings(root=self.path)
        tool = find(self.path, name=name, tracking=self.tracking)
        seen = walk(
            migrations,
            build=lambda: scratch_road(nullcontext(self.server), Recipe(migrations=migrations), settings),
            compare=forgetting(differences, tool),
        )
        return [[f.rule for f in report.findings] for report in (*seen.steps.values(), seen.way_down)]

    def survive(self) -> list[list[tuple[str, str]]]:
        """Let each migration fail wherever it can: the rules that it breaks, and where."""
        migrations, settings = self.load(), Settings(root=self.path)
        reports = survive(
            migrations,
            build=lambda: scratch_road(nullcontext(self.server), Recipe(migrations=migrations), settings),
            compare=differences,
        )
        return [
            [
                (f.rule, f.object.partition(" behind ")[2] or f.object.removeprefix("migration "))
                for f in report.findings
            ]
            for report in reports.values()
        ]

    def failure(self, name: str | None = None) -> str:
        """Run every up and down, one of which fails: what is told."""
        migrations = self.load(name)
        steps = [(m.path, m.up) for m in migrations] + [(m.path, m.down) for m in migrations if m.down is not None]
        with psycopg.connect(self.database.dsn, autocommit=True) as connection:
            try:
                for path, script in steps:
                    run_script(connection, script, path=path)
            except MigrationError as error:
                return str(error)
        pytest.fail("nothing failed")

    def status(self, setup: str, name: str | None = None) -> Status | None:
        """Make the tool's own table by hand, and compare it with the files."""
        found = find(self.path, name=name, tracking=self.tracking)
        assert found is not None
        with psycopg.connect(self.database.dsn, autocommit=True) as connection:
            connection.execute(setup.encode())
            with reading(connection):
                rows = found.read(connection)
            return None if rows is None else tool_status(found, self.load(name), rows)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Folder:
    """An empty folder."""
    path = tmp_path / "migrations"
    path.mkdir()
    return Folder(path, request)
