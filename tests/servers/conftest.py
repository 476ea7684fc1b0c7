from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgassay.servers import kept, reaper
from pgassay.servers.rundir import RunDirectory, dismantle
from tests.servers.support import short_directory


@pytest.fixture
def short_root() -> Iterator[Path]:
    """A private directory whose path leaves room for a socket; what is in it is stopped at the end."""
    root = short_directory()
    yield root
    for path in root.glob("[rk]-*"):
        dismantle(path)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def run(short_root: Path) -> Iterator[RunDirectory]:
    """A run of its own, in a directory of its own."""
    with RunDirectory.create(root=short_root) as run:
        yield run


@pytest.fixture
def only_root(short_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one directory in which runs are made and looked for, so that nothing of this machine is touched."""
    for module in (reaper, kept):
        monkeypatch.setattr(module, "run_roots", lambda: (short_root,))
    monkeypatch.setattr(kept, "choose_root", lambda: short_root)
    return short_root


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without PostgreSQL, npm and Docker, and with nothing in the user's cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr("pgassay.servers.binaries.WELL_KNOWN", ("/nowhere/*/bin",))
    monkeypatch.setattr("pgassay.servers.embedded.cache_directory", lambda: tmp_path / "cache")
    monkeypatch.setattr("pgassay.servers.embedded.find_spec", lambda name: None)
    monkeypatch.delenv("PGASSAY_OFFLINE", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
