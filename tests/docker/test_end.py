"""However a run ends, its containers are removed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pgassay.servers.container.engine import find_engine
from pgassay.servers.container.record import remove_left_overs
from pgassay.servers.provider import Provider
from pgassay.servers.reaper import reap
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings
from tests.docker.support import Engine, start_owner
from tests.project import Project
from tests.servers.support import eventually

pytestmark = pytest.mark.docker

SLEEPING = """
import os, time

def test_sleep(pytestconfig, assay_db):
    with open("ready.part", "w") as file:
        file.write(os.environ.get("PYTEST_XDIST_WORKER", "alone"))
    os.rename("ready.part", "ready")
    time.sleep(60)
"""


def test_at_the_end_of_the_run(settings: Settings, engine: Engine) -> None:
    with RunDirectory.create() as run:
        Provider(settings, run).server()
        engine.one(run.path)
    assert engine.containers(run.path) == []


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_after_the_end_of_pytest(docker_project: Project, engine: Engine, how: str, workers: tuple[str, ...]) -> None:
    docker_project.write("tests/test_schema.py", SLEEPING)
    before = {container.id for container in engine.containers()}
    words = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-pno:hypothesispytest", *workers]
    with subprocess.Popen(
        words, cwd=docker_project.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as tests:
        assert eventually((docker_project.path / "ready").exists, seconds=60)
        (container,) = [found for found in engine.containers() if found.id not in before]
        folder = Path(container.labels["org.pgassay.folder"])
        tests.send_signal(getattr(signal, how))
        tests.wait(timeout=30)
    assert engine.becomes_empty(folder)
    assert eventually(lambda: not folder.parent.exists())


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_after_the_end_while_it_starts(short_root: Path, image: str, engine: Engine, how: str) -> None:
    owner, path = start_owner(short_root, image, wait=False)
    assert eventually(lambda: bool(engine.containers(path)))
    owner.send_signal(getattr(signal, how))
    owner.wait(timeout=30)
    assert engine.becomes_empty(path)
    assert eventually(lambda: not path.exists())


def test_whatever_the_environment_says_later(
    only_root: Path, image: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run, without a watchdog, and with another engine in its environment."""
    owner, path = start_owner(only_root, image)
    watchdog: int | None = RunDirectory(path).peek("watchdog")
    assert watchdog is not None
    os.kill(watchdog, signal.SIGKILL)
    owner.kill()
    owner.wait()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    engine.one(path)
    assert reap() == [path]
    assert engine.containers(path) == []


def test_where_its_directory_is_gone(only_root: Path, settings: Settings, engine: Engine) -> None:
    """As after a restart of the machine: the next one who starts a container removes it."""
    with RunDirectory.create(root=only_root) as run:
        Provider(settings, run).server()
        shutil.rmtree(run.path / "main")
    left = engine.one(run.path)
    remove_left_overs(find_engine())
    assert left.id not in {container.id for container in engine.containers()}


def test_an_engine_that_does_not_answer_is_asked_again(only_root: Path, image: str, engine: Engine) -> None:
    """What alone knows of the container is not thrown away."""
    owner, path = start_owner(only_root, image)
    record = path / "main" / "container"
    written = record.read_text()
    record.write_text(written.replace("docker.sock", "gone.sock"))
    owner.kill()
    owner.wait()
    assert reap() == []
    record.write_text(written)
    assert eventually(lambda: bool(reap()) or not path.exists())
    assert engine.containers(path) == []
