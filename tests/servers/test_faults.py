"""What goes wrong around a sandbox is told, leaves nothing half made, and is over once it is mended."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.errors import MigrationError, ServerError
from pgassay.migrations.sources.native import load
from pgassay.runtime import ConnectError
from pgassay.sandbox import database as database_module
from pgassay.sandbox.recipe import Recipe, seed_files
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.binaries import Binaries
from pgassay.servers.left_overs import drop_left_overs
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings

SETTINGS = Settings(root=Path("/"))
STEP = "-- migrate:up\nCREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, filler text);\n-- migrate:down\n"
OURS = "SELECT datname FROM pg_database WHERE datname ~ '^pgassay_' ORDER BY datname"
SIZE = 96  # MB of a small disk: a server with its WAL, a template, and no more


@pytest.fixture
def few(short_root: Path, binaries: Binaries) -> Iterator[Server]:
    """A server that lets few in."""
    yield start_server(short_root / "few", binaries, mark="few", options=Options(more={"max_connections": "8"}))
    stop_server(short_root / "few")


def recipe_of(folder: Path, seed: str = "", step: str = STEP) -> Recipe:
    """Write a migration and a seed, and return what is made of them."""
    (folder / "migrations").mkdir(exist_ok=True)
    (folder / "migrations" / "001-t.sql").write_text(step)
    (folder / "seed.sql").write_text(seed)
    return Recipe(migrations=load(folder / "migrations"), seed=seed_files(folder / "seed.sql"))


def take_all(server: Server, held: ExitStack) -> None:
    """Open sessions until no more can be had."""
    while True:
        held.enter_context(server.connect())


def ours_on(server: Server) -> list[str]:
    """Return the databases of ours on a server."""
    with server.connect() as connection:
        return [str(name) for (name,) in connection.execute(OURS)]


def test_a_seed_that_fails(private_server: Server, run: RunDirectory, tmp_path: Path) -> None:
    before = ours_on(private_server)
    good, bad = "INSERT INTO s.t VALUES (1);\n", "\n\nINSERT INTO s.t VALUES (1), (1);\n"
    failing = Sandbox(private_server, recipe_of(tmp_path, f"{good}{bad}"), SETTINGS, run=run)
    with pytest.raises(MigrationError, match=r'seed\.sql"?, (statement 2, )?line 4.*duplicate key(.|\n)*\[23505\]'):
        failing.template()
    assert ours_on(private_server) == before
    with (
        RunDirectory.create(root=run.path.parent) as later,
        closing(Sandbox(private_server, recipe_of(tmp_path, good), SETTINGS, run=later)) as sandbox,
        sandbox.new() as database,
    ):
        assert database.values("SELECT id FROM s.t") == [1]


def test_migrations_that_are_edited_between_runs_on_a_kept_server(only_root: Path, tmp_path: Path) -> None:
    names = []
    for step in (STEP, STEP.replace("filler", "stuffing")):
        with RunDirectory.create(root=only_root) as run:
            server = Provider(replace(SETTINGS, keep_server=True), run).server()
            sandbox = Sandbox(server, recipe_of(tmp_path, step=step), SETTINGS, run=run)
            names.append(sandbox.template().name)
            with closing(sandbox), sandbox.new() as database:
                columns = database.catalog().table("t").columns
                assert ("stuffing" in columns) == ("stuffing" in step)
    assert ours_on(server) == sorted(names)
    with RunDirectory.create(root=only_root) as run:
        server = Provider(replace(SETTINGS, keep_server=True), run).server()
        with server.connect() as connection:
            query = "UPDATE pgassay_databases SET made = made - interval '2 days' WHERE name = %s"
            connection.execute(query, [names[0]])
        assert drop_left_overs(server) == names[:1]


def test_a_server_that_is_upgraded_between_runs(private_server: Server, run: RunDirectory, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path)
    upgraded = replace(private_server, version="99.9")
    names = {Sandbox(server, recipe, SETTINGS, run=run).template().name for server in (private_server, upgraded)}
    assert len(names) == 2


def test_no_connection_is_left(few: Server, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "UNDER_TEST", database_module.UNDER_TEST.with_(timeout=0.3))
    sandbox = Sandbox(few, Recipe(), SETTINGS, run=run)
    with closing(sandbox), sandbox.new() as database, ExitStack() as held:
        with pytest.raises(ServerError, match=r"too many clients(.|\n)*hint: max_connections is reached") as caught:
            take_all(few, held)
        assert caught.value.sqlstate == "53300"
        assert database.value("SELECT 1") == 1  # the session that was opened ahead
        refused = pytest.raises(ConnectError, match=r"(.|\n)*hint: raise max_connections, lower max_size")
        with database.connection(), refused:
            database.value("SELECT 1")
        held.close()
        assert database.value("SELECT 1") == 1


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """Mount a file system in memory, small enough to be filled."""
    path.mkdir(mode=0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=755", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def leave_free(disk: Path, megabytes: int) -> Path:
    """Fill a disk, but for this much."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - megabytes * 2**20)
    return ballast


@pytest.fixture
def small(short_root: Path, binaries: Binaries) -> Iterator[Server]:
    """A server on a disk of its own, that is soon full."""
    with small_disk(short_root / "small") as disk:
        yield start_server(disk / "server", binaries, mark="small disk")
        stop_server(disk / "server")


@pytest.mark.nightly
def test_a_disk_that_is_full_while_a_template_is_copied(small: Server, run: RunDirectory, tmp_path: Path) -> None:
    fill = "INSERT INTO s.t SELECT n, repeat('x', 1000) FROM generate_series(1, 4000) AS n;"
    sandbox = Sandbox(small, recipe_of(tmp_path, fill), SETTINGS, run=run)
    template, base = sandbox.template().name, Path(small.conninfo.get("host"), "data", "base")
    ballast, files = leave_free(base.parents[2], 4), {*base.iterdir()}
    for _ in range(2):
        with pytest.raises(ServerError, match=r"No space left(.|\n)*hint: make room") as caught, sandbox.new():
            pass
        assert caught.value.sqlstate == "53100"
    assert ours_on(small) == [template]
    assert {*base.iterdir()} == files
    ballast.unlink()
    with closing(sandbox), sandbox.new() as database:
        assert database.value("SELECT count(*) FROM s.t") == 4000


@pytest.mark.nightly
def test_a_disk_that_is_full_while_a_template_is_built(small: Server, run: RunDirectory, tmp_path: Path) -> None:
    """Without room for its WAL the server itself goes down: what is told is the cause, and not that it is gone."""
    fill = "INSERT INTO s.t SELECT n, repeat('x', 1000) FROM generate_series(1, 90000) AS n;"
    with pytest.raises(MigrationError, match="No space left"):
        Sandbox(small, recipe_of(tmp_path, fill), SETTINGS, run=run).template()
