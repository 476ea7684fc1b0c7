"""What several tests of servers share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from psycopg.abc import Query

from pgassay.servers.places import SHARED_MEMORY
from pgassay.servers.server import Server

OWNER = """
import os, sys, time
from pathlib import Path
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings

run = RunDirectory.create(root=Path(sys.argv[1]))
Provider(Settings(root=Path("/")), run).server()
print(run.path, flush=True)
time.sleep(60)
"""


def short_directory() -> Path:
    """Make a private directory with a short path, in memory where that is to be had."""
    parent = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else Path("/tmp")
    return Path(tempfile.mkdtemp(prefix="pgassay-", dir=parent))


def start_owner(root: Path, *, wait: bool = True) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that owns a run with a server in it, and return it with the run's directory.

    Args:
        root: Where the run is made.
        wait: Until the server is up.
    """
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(root)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    line = owner.stdout.readline().strip() if wait else ""
    owner.stdout.close()
    return owner, Path(line)


def eventually(true: Callable[[], bool], *, seconds: float = 10) -> bool:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def collide(server: Server, theirs: Query, ours: Callable[[], object]) -> None:
    """Have something of ours meet a row that another session has altered, and commits only once ours waits for it."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
    with server.connect() as watching, server.connect() as other, ThreadPoolExecutor(1) as threads:
        with other.transaction():
            other.execute(theirs)
            done = threads.submit(ours)
            assert eventually(lambda: done.done() or watching.execute(waiting).fetchone() == (1,))
            assert not done.done()
        done.result()


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
