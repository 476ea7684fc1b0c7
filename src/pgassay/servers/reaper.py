"""Remove what dead runs have left: servers, directories; never anything of a run that is alive.

A directory is touched only when it is this user's, lies in a directory of this user alone, and carries our mark; a
process only when it is a postgres that works in the data directory there (`process.postmaster`); a container only when
such a directory names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from pgassay.errors import ServerError
from pgassay.servers.folders import is_running, server_folders
from pgassay.servers.places import ensure_private, run_roots, user_id
from pgassay.servers.process import remove_tree
from pgassay.servers.rundir import (
    DEAD,
    FAILED,
    KEPT_PATIENCE,
    USERS,
    RunDirectory,
    dismantle,
    idle_seconds,
    is_alive,
    kept_lock,
    read_marker,
    root_lock,
)

_OURS = re.compile(r"[rk]-[0-9a-f]{8,16}")


@dataclass(frozen=True)
class Place:
    """A directory of ours that holds servers.

    Attributes:
        path: Where it is.
        kind: `run`, `failed` (a run that is over, with databases of failed tests), `kept` (kept between runs) or
            `started` (by `pgassay server start`).
        pid: The process that made it.
        alive: A run: its owner lives. Else: its server runs.
        in_use: Some living run works with it.
    """

    path: Path
    kind: str
    pid: int
    alive: bool
    in_use: bool

    @property
    def idle(self) -> float:
        """Seconds since a run last took it up."""
        return idle_seconds(self.path)

    @property
    def state(self) -> str:
        """What it is, for people."""
        if self.kind == "run":
            return f"run of process {self.pid}" if self.alive else "left by a dead run"
        if not self.alive:
            return f"{self.kind} server, dead"
        if self.kind == FAILED:
            return f"server with databases of failed tests, for {self.idle / 60:.0f} min"
        return f"{self.kind} server, " + ("in use" if self.in_use else f"unused for {self.idle / 60:.0f} min")

    def stop(self) -> bool:
        """Stop its servers and remove it; False where somebody has taken it up meanwhile, or is starting it now.

        Raises:
            ServerError: A container could not be removed.
        """
        if self.kind in {"run", FAILED}:  # nobody takes those up
            RunDirectory(self.path).clear()
            return True
        try:
            with kept_lock(self.path, timeout=0):
                if not living_users(self.path):
                    dismantle(self.path)
                    return True
        except Timeout:
            pass
        return False


def places() -> Iterator[Place]:
    """Return every run and every kept server of this user."""
    for root in _roots():
        for path in sorted(root.iterdir()):
            place = _look(path)
            if place is not None:
                yield place


def reap() -> list[Path]:
    """Stop and remove what dead runs left, and kept servers that nobody has taken up for an hour.

    Returns:
        The directories that were removed.
    """
    removed = []
    for root in _roots():
        with suppress(OSError), root_lock(root):  # a run that is being made has its lock before it can be seen
            for path in sorted(root.iterdir()):
                if path.name.startswith(DEAD):
                    remove_tree(path)
                    continue
                place = _look(path)
                if place is not None and _is_left_over(place) and _is_stopped(place):
                    removed.append(path)
    return removed


def _is_stopped(place: Place) -> bool:
    """Stop a place; False also where the engine of its container does not answer: the next one tries again."""
    try:
        return place.stop()
    except ServerError:
        return False


def living_users(path: Path) -> list[Path]:
    """Return the living runs that use a kept server; the marks of dead ones are removed."""
    living = []
    for file in (path / USERS).glob("*"):
        with suppress(OSError):
            run = Path(file.read_text(encoding="utf-8"))
            if is_alive(run):
                living.append(run)
            else:
                file.unlink()
    return living


def _is_left_over(place: Place) -> bool:
    if place.in_use or (place.kind == "run" and place.alive):
        return False
    if place.kind == "run" or not place.alive:
        return True
    return place.kind in {"kept", FAILED} and place.idle > KEPT_PATIENCE


def _look(path: Path) -> Place | None:
    if not _OURS.fullmatch(path.name) or path.is_symlink() or _owner_of(path) != user_id():
        return None
    marker = read_marker(path)
    if marker is None:
        return None
    kind, pid = marker
    if kind == "run":
        return Place(path, kind, pid, alive=is_alive(path), in_use=False)
    running = any(is_running(folder) for folder in server_folders(path))
    return Place(path, kind, pid, alive=running, in_use=bool(living_users(path)))


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:  # somebody else has just removed it
        return None


def _roots() -> list[Path]:
    roots = []
    for root in run_roots():
        with suppress(ServerError, OSError):
            if root.is_dir():
                roots.append(ensure_private(root))
    return roots
