"""A child that outlives its run: it stops the run's servers when the owner is gone, however it went.

It is started together with the first server, and loads no driver.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from pgassay.errors import ServerError
from pgassay.servers.environment import without_libpq
from pgassay.servers.process import start_detached
from pgassay.servers.rundir import FAILED, KEPT_PATIENCE, RunDirectory, idle_seconds, is_alive, read_marker

POLL = 0.2  # seconds between two looks at the owner's lock
LATE_POLL = 2.0  # seconds between two looks at what outlives its run
_PROGRAM = "import sys; from pgassay.servers.watchdog import watch; watch(sys.argv[1])"


def ensure_watchdog(run: RunDirectory) -> None:
    """Start the run's watchdog, unless it is there."""
    run.once("watchdog", lambda: _start(run))


def _start(run: RunDirectory) -> int:
    # The same modules as here, wherever they come from; its directory is /, so relative entries would be lost.
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    child = start_detached(
        [sys.executable, "-c", _PROGRAM, str(run.path)],
        output=subprocess.DEVNULL,
        env=without_libpq(PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1"),
    )
    return child.pid


def watch(run: str) -> None:
    """Wait until the run has ended, and clear away what its owner did not."""
    path = Path(run)
    while path.is_dir() and is_alive(path):
        time.sleep(POLL)
    while _shall_stay(path):
        time.sleep(LATE_POLL)
    if read_marker(path) is not None:
        with suppress(ServerError):  # a container whose engine does not answer; the reaper tries again
            RunDirectory(path).clear()


def _shall_stay(path: Path) -> bool:
    """Tell whether a run that is over still has something to show: databases of failed tests, for an hour."""
    marker = read_marker(path)
    return marker is not None and marker.kind == FAILED and idle_seconds(path) < KEPT_PATIENCE
