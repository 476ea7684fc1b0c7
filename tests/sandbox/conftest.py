"""What several tests of the sandbox share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pgassay.migrations.sources.native import load
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings


@pytest.fixture
def small(server: Server, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox whose databases have one table."""
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE SCHEMA s; CREATE TABLE s.t (id int);\n-- migrate:down\n")
    settings = Settings(root=tmp_path)
    with (
        RunDirectory.create() as run,
        closing(Sandbox(server, Recipe(migrations=load(tmp_path)), settings, run=run)) as sandbox,
    ):
        yield sandbox
