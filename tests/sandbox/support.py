"""A sandbox with something of everything, and whether its next database is what the template is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from pgassay.migrations.sources.native import load
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.pool import Pool
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.sandbox.likeness import differences, portrait
from tests.sandbox.statements import SCHEMA, UNLOGGED_SEQUENCE


def scratch(server: Server, folder: Path, run: RunDirectory, *, strategy: str = "file_copy") -> Sandbox:
    """A sandbox that has one database at hand, so that the next one is the one that came back."""
    sql = SCHEMA + (UNLOGGED_SEQUENCE if server.major >= 15 else "")
    (folder / "001-all.sql").write_text(f"-- migrate:up\n{sql}\n-- migrate:down irreversible: it is a test\n")
    chosen = Settings(root=folder, migrations=folder, pool=1)
    sandbox = Sandbox(server, Recipe(migrations=load(folder)), chosen, run=run)
    sandbox.pool = Pool(server, ahead=1, make_workshop=lambda where: Workshop(where, run=run, strategy=strategy))
    return sandbox


def seen(database: ScratchDatabase) -> dict[str, object]:
    with database.server.connect(database.name) as connection:
        return portrait(connection)


def seen_in_a_new_one(sandbox: Sandbox) -> dict[str, object]:
    with sandbox.new() as database:
        portrait = seen(database)
    sandbox.pool.settle()
    return portrait


def bring_back(sandbox: Sandbox) -> bool:
    """Wait until the last database was looked at, and tell whether it was brought back."""
    assert sandbox.pool.workshop is not None
    before = sandbox.pool.workshop.verdicts[""]
    sandbox.pool.settle()
    return sandbox.pool.workshop.verdicts[""] > before


def is_like_the_template(sandbox: Sandbox, template: dict[str, object]) -> bool:
    """Take the next one, and leave nothing to be done behind."""
    with sandbox.new() as database:
        assert differences(template, seen(database)) == {}
    sandbox.pool.settle()
    return True


def as_superuser(database: ScratchDatabase) -> psycopg.Connection[tuple[Any, ...]]:
    return database.server.connect(database.name)
