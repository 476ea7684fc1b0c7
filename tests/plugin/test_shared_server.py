"""Several runs, and several roles, on one marked server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.servers.mark import look_at, mark_scratch
from pgassay.servers.server import Server
from tests.project import Project, Run

PATIENCE = 30  # seconds
WAITING = """
import time
from pathlib import Path

def test_waits(assay_db, assay_databases):
    Path("ready.part").write_text(assay_db.name)
    Path("ready.part").rename("ready")
    while not Path("go").exists():
        time.sleep(0.02)
    with assay_db.tx() as connection:
        connection.execute("INSERT INTO s.users VALUES (1)")
    with assay_databases.new() as other, other.connection() as connection:
        assert connection.execute("SELECT count(*) FROM s.users").fetchone() == (0,)

def test_short(assay_db):
    with assay_db.connection() as connection:
        connection.execute("SELECT FROM s.users")
"""


@pytest.fixture
def url(private_server: Server) -> Iterator[Conninfo]:
    """The URL of a marked server."""
    mark_scratch(private_server.conninfo)
    yield private_server.conninfo
    with private_server.connect() as connection:
        for name in (name for name in look_at(private_server.conninfo).databases if name.startswith("pgassay_")):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def waiting(project: Project) -> Project:
    """A project with a test that waits until it may go on."""
    project.write("tests/test_schema.py", WAITING)
    return project


@contextmanager
def running(project: Project, url: Conninfo) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the test that waits, and give the process and the name of its database."""
    words = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-k", "waits", f"--assay-server={url.url}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with subprocess.Popen(words, cwd=project.path, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process, read_when_there(project.path / "ready")
        finally:
            process.kill()


def read_when_there(file: Path) -> str:
    """Wait for a file, and read it."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, "pytest did not begin"
        time.sleep(0.02)
    return file.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.thorough
def test_a_run_leaves_the_other_alone(waiting: Project, url: Conninfo, run_pytest: Run) -> None:
    with running(waiting, url) as (first, name):
        run_pytest("-k", "short", f"--assay-server={url.url}").assert_outcomes(passed=1, deselected=1)
        assert name in look_at(url).databases
        waiting.write("go", "")
        assert first.wait(PATIENCE) == 0
    assert [found for found in look_at(url).databases if found.startswith("pgassay_db_")] == []


@pytest.mark.slow
@pytest.mark.thorough
def test_what_a_killed_run_left_goes_with_the_next(waiting: Project, url: Conninfo, run_pytest: Run) -> None:
    with running(waiting, url) as (first, name):
        first.kill()
        first.wait(PATIENCE)
    before = {*look_at(url).databases}
    assert name in before
    run_pytest("-k", "short", f"--assay-server={url.url}").assert_outcomes(passed=1, deselected=1)
    left = {database for database in before if database.startswith("pgassay_db_")}  # what was at hand goes, too
    assert name in left
    assert before - {*look_at(url).databases} == left  # the template serves on


@pytest.mark.slow
@pytest.mark.thorough
def test_the_second_role_on_a_server_is_told_why_not(
    waiting: Project, url: Conninfo, run_pytest: Run, private_server: Server
) -> None:
    with private_server.connect() as connection:
        connection.execute("CREATE ROLE second LOGIN CREATEDB PASSWORD 's3cret'")
    second = url.with_(user="second", password="s3cret")
    result = run_pytest("-k", "short", f"--assay-server={second.url}")
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(
        ['*"pgassay_scratch" at second@* belongs to "postgres", and the connection is made as "second"', "*connect as*"]
    )
    assert "s3cret" not in result.stdout.str()
