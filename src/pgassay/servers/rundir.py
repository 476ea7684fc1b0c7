"""The directory of one run: its servers, its locks, and what is computed once for all its processes.

Whoever owns the run holds the lock `alive` for as long as the process lives. That lock is all that the watchdog and the
reaper look at, so nothing is asked of a process that dies; only who ends well may leave another kind of place behind
(`FAILED`). No driver is imported here: the watchdog runs this.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from filelock import FileLock, Timeout

from pgassay.errors import ServerError
from pgassay.servers.folders import server_folders, stop_server_in
from pgassay.servers.places import choose_root, ensure_private, write_whole
from pgassay.servers.process import remove_tree

MARKER = "pgassay.json"  # what shows that a directory is ours
ALIVE = "alive"
STARTING = "starting"
_LOCK_POLL = 0.01  # seconds
_START_PATIENCE = 30  # seconds that somebody else's start of a server may take
_MEMBERS = "members"  # a file for each process that has joined
USERS = "users"  # its time is when somebody last had a use for what outlives its run
FAILED = "failed"  # the kind of a run that is over, and whose main server stays for the databases of failed tests
KEPT_PATIENCE = 3600  # seconds that what outlives its run may go unused before it is taken for forgotten
DEAD = ".dead-"  # how a directory is called while it is being removed

T = TypeVar("T")

# The locks that this process holds as an owner. A FileLock lets go when it is forgotten, so they are kept here.
_owned: dict[Path, FileLock] = {}


class Marker(NamedTuple):
    """What the mark of a directory of ours says: what it is for, and which process made it."""

    kind: str
    pid: int


class RunDirectory:
    """A private directory that all processes of one run share.

    Use `create` in the process that owns the run, `attach` in every other one.

    Attributes:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, *, root: Path | None = None) -> RunDirectory:
        """Make a new run, which lives until `stop`, or until this process ends.

        Args:
            root: The directory to make it in; default: memory where there is room, else disk.
        """
        root = ensure_private(root) if root else choose_root()
        with root_lock(root):  # the reaper must not see it before it is locked and marked
            path = root / f"r-{secrets.token_hex(4)}"
            path.mkdir(mode=0o700)
            alive = file_lock(path / ALIVE)
            alive.acquire(timeout=0)
            _owned[path] = alive
            write_marker(path, kind="run")
        return cls(path)

    @classmethod
    def attach(cls, path: str | Path) -> RunDirectory:
        """Join the run that another process has made.

        Raises:
            ServerError: There is no such run any more.
        """
        path = Path(path)
        if read_marker(path) is None:
            raise ServerError(f'there is no run in "{path}"', hint="the process that made it has ended")
        run = cls(path)
        (run.folder(_MEMBERS) / str(os.getpid())).touch()
        return run

    @property
    def name(self) -> str:
        """A name that no other run has."""
        return self.path.name

    @property
    def has_others(self) -> bool:
        """Whether another process has ever joined it, beside the one that made it."""
        return any(member.name != str(os.getpid()) for member in self.folder(_MEMBERS).iterdir())

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock that all processes and threads of the run share.

        Args:
            name: Any text.
        """
        folder = self.folder("locks")
        with file_lock(folder / safe_name(name)):
            yield

    def folder(self, name: str) -> Path:
        """Return a folder inside, made when it is not there."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def once(
        self,
        name: str,
        compute: Callable[[], T],
        *,
        dump: Callable[[T], bytes] = pickle.dumps,
        load: Callable[[bytes], T] = pickle.loads,
    ) -> T:
        """Compute something once per run: by whoever asks first, while the others wait and then read the result.

        An error is raised to whoever computed, and the next one who asks tries again.

        Args:
            name: Any text; one name, one result.
            compute: What makes it.
            dump: Result to bytes. The directory is private to this user, so pickle is safe.
            load: Bytes to result.
        """
        file = self._result(name)
        with suppress(FileNotFoundError):
            return load(file.read_bytes())
        with self.lock(f"once {name}"):
            with suppress(FileNotFoundError):
                return load(file.read_bytes())
            result = compute()
            write_whole(file, dump(result))
            return result

    def peek(self, name: str, *, load: Callable[[bytes], T] = pickle.loads) -> T | None:
        """Return what `once` has computed under a name; None where nobody has asked yet."""
        with suppress(FileNotFoundError):
            return load(self._result(name).read_bytes())
        return None

    def _result(self, name: str) -> Path:
        return self.folder("once") / safe_name(name)

    def starting(self) -> AbstractContextManager[None]:
        """Hold the lock under which servers are started: who clears a dead run away waits for it."""
        return self.lock(STARTING)

    def stop(self) -> None:
        """Stop every server of the run and remove its directory; for the process that owns it."""
        with suppress(ServerError):  # a container whose engine has gone; the reaper tries again
            dismantle(self.path)
        self.let_go()

    def let_go(self) -> None:
        """Own the run no longer: what is left of it is for the watchdog and the reaper to look at."""
        alive = _owned.pop(self.path, None)
        if alive is not None:
            alive.release()

    def clear(self) -> None:
        """Do the same for a run whose owner is dead.

        A worker of it may live on for a moment and be starting a server, which would then be overlooked.

        Raises:
            ServerError: A container could not be removed, and the directory is left.
        """
        starting = file_lock(self.path / "locks" / safe_name(STARTING))
        with suppress(OSError, Timeout):
            if (self.path / "locks").is_dir():
                starting.acquire(timeout=_START_PATIENCE)
        try:
            dismantle(self.path)
        finally:
            starting.release()

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def dismantle(path: Path) -> None:
    """Stop the servers in a directory of ours, and remove it.

    Raises:
        ServerError: A container could not be removed. The directory, which alone knows of it, is left for another try.
    """
    for folder in server_folders(path):
        stop_server_in(folder)
    # Under another name first: who is killed half way leaves something that the reaper knows to be dead.
    dead = path.with_name(f"{DEAD}{secrets.token_hex(6)}")
    try:
        path.rename(dead)
    except OSError:  # it is gone, or Windows holds it while a file is open
        dead = path
    remove_tree(dead)


def is_alive(path: Path) -> bool:
    """Tell whether somebody still owns the run in a directory."""
    if path in _owned:
        return True
    if not (path / ALIVE).exists():
        return False
    probe = file_lock(path / ALIVE)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    probe.release()
    return False


@contextmanager
def root_lock(root: Path) -> Iterator[None]:
    """Hold the lock under which runs are made and dead ones are looked for."""
    with file_lock(root / ".lock"):
        yield


@contextmanager
def kept_lock(path: Path, *, timeout: float = -1) -> Iterator[None]:
    """Hold the lock under which a kept server is started, taken up or stopped.

    Args:
        path: Its directory; the lock lies beside it.
        timeout: Seconds to wait, -1 for ever.

    Raises:
        filelock.Timeout: Somebody else holds it.
    """
    with file_lock(path.with_name(f".{path.name}.lock")).acquire(timeout=timeout):
        yield


def write_marker(path: Path, *, kind: str) -> None:
    """Mark a directory as ours.

    Args:
        path: The directory.
        kind: What it is for: `run`, `failed`, `kept` or `started`.
    """
    write_whole(path / MARKER, json.dumps({"kind": kind, "pid": os.getpid()}).encode())


def read_marker(path: Path) -> Marker | None:
    """Return what a directory's mark says; None: it is not ours."""
    try:
        facts = json.loads((path / MARKER).read_bytes())
        return Marker(str(facts["kind"]), int(facts["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def idle_seconds(path: Path) -> float:
    """Return the seconds since somebody last had a use for what outlives its run; 0 where that is not known."""
    with suppress(OSError):
        return time.time() - (path / USERS).stat().st_mtime
    return 0.0


def safe_name(name: str) -> str:
    """Return a file name for any text: readable in front, and unique by its hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())[:24].strip("-")
    return f"{slug}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def file_lock(path: Path) -> FileLock:
    """Return a lock between processes, and between the threads of one."""
    # Not thread-local: the thread that ends a run need not be the one that began it.
    return FileLock(path, thread_local=False, poll_interval=_LOCK_POLL)
