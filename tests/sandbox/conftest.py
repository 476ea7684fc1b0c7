"""What several tests of the sandbox share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pgassay.migrations.sources.native import load
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.sandbox.support import scratch, seen_in_a_new_one


@pytest.fixture
def small(server: Server, tmp_path: Path, run_directory: RunDirectory) -> Iterator[Sandbox]:
    """A sandbox whose databases have one table."""
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE SCHEMA s; CREATE TABLE s.t (id int);\n-- migrate:down\n")
    settings = Settings(root=tmp_path)
    with closing(Sandbox(server, Recipe(migrations=load(tmp_path)), settings, run=run_directory)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(private_server: Server, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox with something of everything, on a server of the module's own, in a run that nobody else has joined."""
    with RunDirectory.create() as run, closing(scratch(private_server, tmp_path, run)) as sandbox:
        yield sandbox


@pytest.fixture
def template(sandbox: Sandbox) -> dict[str, object]:
    """What there is to see of its template."""
    return seen_in_a_new_one(sandbox)


MakeSandbox = Callable[..., Sandbox]


@pytest.fixture
def sandbox_of(any_server: Server, tmp_path: Path, run_directory: RunDirectory) -> Iterator[MakeSandbox]:
    """Make a sandbox of a schema in SQL, run as superuser, that has one database at hand."""
    made: list[Sandbox] = []

    def make(statements: str) -> Sandbox:
        (tmp_path / "001-a.sql").write_text(f"-- migrate:up superuser:true\n{statements}\n-- migrate:down\n")
        settings = Settings(root=tmp_path, migrations=tmp_path, pool=1)
        made.append(Sandbox(any_server, Recipe(migrations=load(tmp_path)), settings, run=run_directory))
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.close()
