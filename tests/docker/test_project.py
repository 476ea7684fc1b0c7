"""A user's project runs on it: the shipped checks, the fixtures, with workers, and with a server that is kept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from tests.docker.support import Engine
from tests.project import Project, Run

pytestmark = pytest.mark.docker

FIXTURES = """
import os, pytest

@pytest.mark.parametrize("number", range(4))
def test_databases(assay_server, assay_db, assay_tx, assay_empty_db, assay_url, number):
    assert assay_server.source == "docker"
    with assay_db.tx() as connection:
        connection.execute("INSERT INTO s.users VALUES (1)")
        assert connection.execute("SELECT current_user <> 'postgres'").fetchone() == (True,)
    assert assay_db.url == assay_url
    with open("marks", "a") as file:
        print(assay_server.mark, file=file)
"""


@pytest.fixture
def with_fixtures(docker_project: Project) -> Project:
    docker_project.write("tests/test_fixtures.py", FIXTURES)
    return docker_project


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_checks_and_fixtures(with_fixtures: Project, run_pytest: Run, engine: Engine, workers: tuple[str, ...]) -> None:
    before, began = len(engine.containers()), time.time()
    result = run_pytest("-Werror", *workers)
    outcomes = result.parseoutcomes()
    assert (result.ret, outcomes.keys() - {"passed", "deselected"}) == (0, set())
    assert outcomes["passed"] > 10
    assert len(set(marks(with_fixtures))) == 1
    assert len([name for name in engine.created_since(began) if "-main-" in name]) == 1
    assert len(engine.containers()) == before


def test_a_defect_is_found(docker_project: Project, run_pytest: Run) -> None:
    docker_project.write("schema/tables.sql", "CREATE TABLE s.users (id bigint PRIMARY KEY);\n")
    result = run_pytest("-k", "test_tables or test_columns")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*bigint*"])


@pytest.fixture
def kept(with_fixtures: Project, engine: Engine) -> Iterator[Project]:
    with_fixtures.append("pytest.ini", "assay_keep_server = true\n")
    yield with_fixtures
    for container in engine.containers():
        if "-k-" in container.name:
            command("stop", Path(container.labels["org.pgassay.folder"]).parent.name)


def test_a_kept_server_serves_the_next_run_and_is_stopped_by_hand(
    kept: Project, run_pytest: Run, engine: Engine
) -> None:
    began = time.time()
    for _ in range(2):
        assert run_pytest("tests/test_fixtures.py").ret == 0
    (mark,) = set(marks(kept))
    (name,) = engine.created_since(began)
    (container,) = [found for found in engine.containers() if found.name == name]
    assert mark in name
    folder = Path(container.labels["org.pgassay.folder"]).parent
    listing = command("list")
    assert f"kept server, unused for 0 min  {folder}\n    postgresql://postgres@127.0.0.1:" in listing
    assert f"(container {name})\n" in listing
    assert command("stop", folder.name) == f"stopped: {folder}\n"
    assert not folder.exists()
    assert name not in {found.name for found in engine.containers()}


def test_a_kept_server_that_died_is_started_anew(kept: Project, run_pytest: Run, engine: Engine) -> None:
    assert run_pytest("tests/test_fixtures.py").ret == 0
    (container,) = [found for found in engine.containers() if marks(kept)[0] in found.name]
    container.kill()
    assert run_pytest("tests/test_fixtures.py").ret == 0
    assert len(set(marks(kept))) == 2
    assert container.id not in {found.id for found in engine.containers()}


def test_a_server_is_started_found_again_and_stopped_by_hand(
    image: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").write_text(f'image = "{image}"\nserver = "docker"\n')
    url = command("start").strip()
    try:
        assert command("start", "--server", "docker").strip() == url
        assert Conninfo(url).get("host") == "127.0.0.1"
        assert Conninfo(url).get("password")
        (container,) = [found for found in engine.containers() if "-k-" in found.name]
        folder = Path(container.labels["org.pgassay.folder"]).parent
        assert f"started server, unused for 0 min  {folder}\n" in command("list")
    finally:
        assert "stopped: " in command("stop")
    assert [found for found in engine.containers() if found.id == container.id] == []


def test_the_engine_is_listed(engine: Engine) -> None:
    (line,) = [line for line in command("list").splitlines() if line.startswith("docker")]
    assert line.startswith("docker  unix://")
    assert line.endswith(f", version {engine.client.version()['Version']}")


def marks(project: Project) -> list[str]:
    """Return the marks of the servers that the tests met."""
    return (project.path / "marks").read_text().split()


def command(*words: str) -> str:
    """Run `pgassay server` as a user does."""
    program = Path(sys.executable).with_name("pgassay")
    return subprocess.run([program, "server", *words], capture_output=True, text=True, check=True).stdout
