"""Whoever is killed, and whenever: the run ends, the next one is green, and neither leaves anything behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pgassay.servers.kept import read_kept
from pgassay.servers.places import run_roots
from pgassay.servers.reaper import places
from tests.plugin.test_signals import processes_of
from tests.project import Project

pytestmark = pytest.mark.thorough

ENDING = 90  # seconds that a run may take to end, whatever was killed
PATIENCE = 20  # seconds for the watchdog to have cleared away
WHO = ("pytest", "worker", "server")
WHEN = ("build", "clone", "recycle", "amid-build", "amid-clone", "amid-recycle", "test")
BY_DAY = ("server", "clone")
WITHOUT = [f"-pno:{plugin}" for plugin in ("cacheprovider", "hypothesispytest", "asyncio", "anyio")]
CASES = [(who, when) for who in WHO for when in WHEN]

CONFTEST = """
import os, signal, threading
from pathlib import Path

import pytest

from pgassay.sandbox import build, workshop

HERE = Path(__file__).parent
WHO, WHEN = (HERE / "case").read_text().split()

def data_of(connection):
    return Path(connection.execute("SHOW data_directory").fetchone()[0])

def strike(data):
    with (HERE / "folders").open("a") as file:
        print(data.parents[1], file=file)
    try:
        (HERE / "done").touch(exist_ok=False)
    except FileExistsError:
        return
    pid = int((data / "postmaster.pid").read_text().split()[0]) if WHO == "server" else os.getpid()
    os.kill(pid, signal.SIGKILL)

def between(module, name, connect):
    real = getattr(module, name)
    def struck(*args, **words):
        if WHO == "server":
            strike(data_of(connect(*args, **words)))
            return real(*args, **words)
        result = real(*args, **words)
        strike(data_of(connect(*args, **words)))
        return result
    setattr(module, name, struck)

def amid(module, name, connect, seconds):
    # While it is at it, which takes longer than so many seconds.
    real = getattr(module, name)
    def struck(*args, **words):
        threading.Timer(seconds, strike, [data_of(connect(*args, **words))]).start()
        return real(*args, **words)
    setattr(module, name, struck)

if WHEN == "build":
    between(build, "build", lambda server, *_: server.connect())
if WHEN == "clone":
    between(workshop, "create_database", lambda *_, connection, **__: connection)
if WHEN == "recycle":
    between(workshop, "bring_back", lambda keeper, *_: keeper)
if WHEN == "amid-build":
    amid(build, "build", lambda server, *_: server.connect(), 0.03)
if WHEN == "amid-clone":
    amid(workshop, "create_database", lambda *_, connection, **__: connection, 0.01)
if WHEN == "amid-recycle":
    amid(workshop, "bring_back", lambda keeper, *_: keeper, 0.0005)

@pytest.fixture
def in_the_test(assay_server):
    def now():
        if WHEN == "test":
            with assay_server.connect() as connection:
                strike(data_of(connection))
    return now
"""

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_insert(assay_db, in_the_test, number):
    assay_db.none("INSERT INTO s.users VALUES (1)")
    in_the_test()
    assert assay_db.value("SELECT count(*) FROM s.users") == 1
"""


def begin(project: Project, who: str, when: str) -> None:
    """Write a project in which somebody is killed, once."""
    project.write("case", f"{who} {when}")
    project.write("conftest.py", CONFTEST)
    project.write("tests/test_schema.py", TESTS)


def run(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there; it ends, or the test fails."""
    command = [sys.executable, "-m", "pytest", "-q", *WITHOUT, *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PGASSAY_DB"))}
    return subprocess.run(
        command, cwd=project.path, env=environment, capture_output=True, text=True, timeout=ENDING, check=False
    )


def folders_of(project: Project) -> list[Path]:
    """Return the directories of the project's runs."""
    return [*map(Path, dict.fromkeys((project.path / "folders").read_text().split()))]


def nothing_is_left(folders: list[Path]) -> bool:
    """Wait until directories are gone, and whatever works in them or speaks of them."""
    deadline = time.monotonic() + PATIENCE
    while (left := [f for f in folders if f.exists() or processes_of(str(f))]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("who", "when"), [pytest.param(*case, marks=[] if case == BY_DAY else pytest.mark.nightly) for case in CASES]
)
def test_the_next_run_is_green(project: Project, who: str, when: str) -> None:
    begin(project, who, when)
    workers = ("-n", "2") if who == "worker" else ()
    killed = run(project, *workers)
    assert (project.path / "done").exists(), killed.stdout
    assert (killed.returncode == -9) == (who == "pytest"), killed.stdout
    assert "Exception in thread" not in killed.stdout + killed.stderr
    assert "PytestUnhandledThreadException" not in killed.stdout
    if who == "server":
        assert re.search(r"cannot connect to the scratch (server|database) .*(\n.*)*hint: ", killed.stdout), (
            killed.stdout
        )
    following = run(project, *workers)
    assert following.returncode == 0, following.stdout
    assert "6 passed" in following.stdout
    assert "pgassay_" not in following.stdout  # no database that could not be dropped, no role that appeared
    folders = folders_of(project)
    assert len(folders) >= 2
    assert all(any(folder.is_relative_to(root) for root in run_roots()) for folder in folders)
    assert nothing_is_left(folders)


@pytest.mark.nightly
@pytest.mark.parametrize("when", ["clone", "amid-clone"])
def test_on_a_server_that_outlives_its_run(project: Project, when: str) -> None:
    begin(project, "pytest", when)
    project.write("pytest.ini", "[pytest]\nassay_keep_server = true\n")
    assert run(project).returncode == -9
    (folder,) = folders_of(project)
    try:
        server = read_kept(folder)
        assert server is not None
        query = (
            "SELECT datname FROM pg_database WHERE datname LIKE 'pgassay%db%' UNION SELECT name FROM pgassay_databases"
        )
        with server.connect() as connection:
            before = {name for (name,) in connection.execute(query)}
            assert any("_db_" in name for name in before)
            following = run(project)
            assert following.returncode == 0, following.stdout
            assert folders_of(project) == [folder]
            assert {name for (name,) in connection.execute(query)} == {n for n in before if "_template_" in n}
    finally:
        stopped = [place.stop() for place in places() if place.path == folder]
    assert stopped == [True]
    assert nothing_is_left([folder])
