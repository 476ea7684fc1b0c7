"""However pytest ends, nothing of a run is left once the next one has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pgassay.servers.places import run_roots
from tests.project import Project

PATIENCE = 20  # seconds; the watchdog looks five times a second
MATRIX = [(how, workers) for how in ("SIGKILL", "SIGTERM", "SIGINT") for workers in ((), ("-n", "2"))]
HEAVY = [pytest.param(*case, marks=pytest.mark.nightly) for case in MATRIX if case != ("SIGKILL", ())]


@pytest.fixture
def sleeper(project: Project) -> Path:
    """A test that says which processes there are, and sleeps."""
    project.write(
        "tests/test_schema.py",
        """
import os, time

def test_sleep(assay_server, assay_db):
    with assay_server.connect() as connection:
        data = connection.execute("SHOW data_directory").fetchone()[0]
    with open("ready.part", "w") as file:
        print(os.path.dirname(data), file=file)
    os.rename("ready.part", "ready")
    time.sleep(60)
""",
    )
    return project.path


def processes_of(folder: str) -> list[str]:
    """Return the processes whose command line or working directory speaks of a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if folder in words or folder in os.readlink(entry / "cwd"):  # noqa: PTH115 - it need not exist any more
                found.append(words)
        except OSError:
            continue
    return found


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("how", "workers"), [("SIGKILL", ()), *HEAVY])
def test_nothing_is_left(sleeper: Path, how: str, workers: tuple[str, ...]) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-pno:hypothesispytest", *workers]
    with subprocess.Popen(words, cwd=sleeper, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        folder = Path(_wait_for(sleeper / "ready")).parent
        assert processes_of(str(folder))
        process.send_signal(getattr(signal, how))
        process.wait(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while (folder.exists() or processes_of(str(folder))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(str(folder)) == []
    assert not folder.exists()
    assert any(folder.is_relative_to(root) for root in run_roots())


def _wait_for(file: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, "pytest did not begin"
        time.sleep(0.02)
    return file.read_text(encoding="utf-8").strip()
