"""Start a process that outlives us, tell whether a postmaster is the one we think of, and stop it.

No driver is imported here: the watchdog is made of this module and `rundir`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

POLL = 0.003  # seconds between two looks at a file that says how far a server is
STOP_PATIENCE = 5.0  # seconds for an immediate shutdown; after that the postmaster is killed

_children: dict[int, Detached] = {}


class Detached(subprocess.Popen[bytes]):
    """A child in a session of its own that we do not wait for.

    Popen would warn when it is forgotten while the child is alive, which is just what is wanted here.
    """

    def __del__(self, *_: Any) -> None:
        """Forget the child quietly."""


def start_detached(command: list[str], *, output: IO[bytes] | int, env: dict[str, str], **popen: Any) -> Detached:
    """Start a child that no terminal's Ctrl-C and no end of ours reaches.

    Args:
        command: Program and arguments.
        output: Where both of its outputs go.
        env: Its whole environment.
        popen: More keywords of `subprocess.Popen`.
    """
    if sys.platform == "win32":
        popen["creationflags"] = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    child = Detached(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=Path(command[0]).anchor or "/",
        start_new_session=True,
        **popen,
    )
    _children[child.pid] = child
    return child


def postmaster_lines(data: Path) -> list[str]:
    """Return the lines of postmaster.pid: process, data directory, start, port, socket, address, memory, status."""
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def postmaster(data: Path) -> int | None:
    """Return the process that serves a data directory, or None.

    What postmaster.pid says is believed only when that process really is a postgres in that directory: the number may
    long be somebody else's.
    """
    lines = postmaster_lines(data)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if _serves(pid, data) else None


def stop_postmaster(data: Path) -> None:
    """Stop the server of a data directory, at once and without a checkpoint; nothing where none runs."""
    pid = postmaster(data)
    if pid is None:
        return
    _signal(pid, getattr(signal, "SIGQUIT", signal.SIGTERM))
    if not _gone(pid, data, patience=STOP_PATIENCE):
        _signal(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        _gone(pid, data, patience=STOP_PATIENCE)


def remove_tree(path: Path) -> None:
    """Remove a directory that a dying server may still be writing into."""
    for _ in range(20):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.02)


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log file."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _gone(pid: int, data: Path, *, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if (child := _children.get(pid)) is not None and child.poll() is not None:
            _children.pop(pid, None)  # it was ours: without poll() it would stay a zombie
            return True
        if not _serves(pid, data):
            return True
        time.sleep(POLL)
    return False


def _serves(pid: int, data: Path) -> bool:
    """A postmaster's working directory is its data directory; a zombie has none."""
    proc = Path("/proc") / str(pid)
    if proc.exists():
        with suppress(OSError):
            return _same((proc / "cwd").readlink(), data) and _is_postgres((proc / "comm").read_text())
        return False
    return not Path("/proc/self").exists() and _serves_by_ps(pid, data)


def _serves_by_ps(pid: int, data: Path) -> bool:
    if sys.platform == "win32":
        command = ["tasklist", "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH"]
    else:
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return "postgres" in shown and (sys.platform == "win32" or str(data) in shown)


def _is_postgres(comm: str) -> bool:
    return comm.strip().startswith(("postgres", "postmaster"))


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
