"""Where runs and caches live: directories that belong to this user alone.

A run's directory is short, because the path of a Unix socket may have 103 bytes on macOS (107 on Linux).
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pgassay.errors import ServerError

ROOM_IN_MEMORY = 512 * 1024 * 1024  # bytes; Docker gives /dev/shm 64 MB, where WAL alone would fill it
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only directories that are ours alone are made in it
LONGEST_SOCKET = 103  # bytes, sun_path on macOS without its final NUL
_DRAFT = ".draft-"
_DRAFT_PATIENCE = 86400  # seconds
_SOCKET_TAIL = len("/r-0123456789/i-012345/.s.PGSQL.65535")


def user_id() -> int:
    """Return the effective user's number; 0 on Windows, where temporary directories are the user's own already."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def cache_directory() -> Path:
    """Return the user's cache directory for pgassay; it is made, and private."""
    from platformdirs import user_cache_path

    path = user_cache_path("pgassay", appauthor=False)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def run_roots() -> tuple[Path, ...]:
    """Return every directory that may hold runs of this user, the best one first.

    Memory comes first where it has room; the reaper looks at all of them.
    """
    return tuple(dict.fromkeys([*(p / f"pgassay-{user_id()}" for p in _media()), *_everywhere()]))


def choose_root() -> Path:
    """Return the directory in which a new run is made: in memory where there is room, else on disk.

    Raises:
        ServerError: The directory is there and is not this user's alone.
    """
    for medium in _media():
        if _socket_fits(medium):
            return ensure_private(medium / f"pgassay-{user_id()}")
    raise ServerError(
        f"every temporary directory's path is too long for a Unix socket ({LONGEST_SOCKET} bytes)",
        hint="set TMPDIR to a short path such as /tmp, or assay_listen = tcp",
    )


def ensure_private(path: Path) -> Path:
    """Make `path` a directory of this user, or see that it is one.

    In a directory that everybody may write to, a stranger could have made it first and could then exchange what is
    inside.

    Raises:
        ServerError: It is a link, or somebody else's, or others may write to it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if os.name == "nt":
        return path
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user_id() or found.st_mode & 0o022:
        raise ServerError(
            f'"{path}" is not a directory of this user alone', hint="look who made it, and remove it or set TMPDIR"
        )
    return path


@contextmanager
def draft_of(final: Path) -> Iterator[Path]:
    """Give a path for a directory that is to become `final`; renamed when it is whole, and else removed.

    Where somebody else was faster, theirs stays. Drafts that a killed process left are removed after a day.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    for old in final.parent.glob(f"{_DRAFT}*"):
        if time.time() - old.stat().st_mtime > _DRAFT_PATIENCE:
            shutil.rmtree(old, ignore_errors=True)
    draft = final.parent / f"{_DRAFT}{secrets.token_hex(6)}"
    try:
        yield draft
        try:
            draft.rename(final)
        except OSError:
            if not final.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file that nobody ever sees half written."""
    draft = file.with_name(f".{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(file)


def free_bytes(path: Path) -> int:
    """Return the bytes that are free where `path` is; 0 where it is not there."""
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return 0


def in_memory(path: Path) -> bool:
    """Tell whether `path` is kept in memory."""
    return path.is_relative_to(SHARED_MEMORY)


def _media() -> list[Path]:
    memory = [SHARED_MEMORY] if free_bytes(SHARED_MEMORY) >= ROOM_IN_MEMORY and _writable(SHARED_MEMORY) else []
    return [*memory, Path(tempfile.gettempdir()).resolve(), *_short()]


def _short() -> list[Path]:
    return [Path("/tmp").resolve()] if os.name == "posix" else []  # noqa: S108 - see `ensure_private`


def _everywhere() -> list[Path]:
    return [medium / f"pgassay-{user_id()}" for medium in (SHARED_MEMORY, *_short())]


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK | os.X_OK)


def _socket_fits(medium: Path) -> bool:
    return os.name == "nt" or len(os.fsencode(medium / f"pgassay-{user_id()}")) + _SOCKET_TAIL <= LONGEST_SOCKET
