"""PostgreSQL refuses to run as root: find the way in which this machine lets it run all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pgassay.errors import ServerError
from pgassay.servers.environment import without_libpq
from pgassay.servers.places import user_id

CANDIDATES = ("postgres", "nobody")  # users that exist on most machines, and have no rights


@dataclass(frozen=True)
class Manner:
    """How PostgreSQL's programs are started.

    Attributes:
        prefix: Words in front of the command.
        user: The number of the user that they run as; None: the same as ours.
        group: That user's group.
        name: For people.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None
    name: str = "as this user"

    @property
    def popen(self) -> dict[str, Any]:
        """The keywords of `subprocess.Popen` that do it; slim images have neither `su` nor `runuser`."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make a file or a whole directory the user's own."""
        if self.user is None or self.group is None:
            return
        for folder, _, files in os.walk(path):
            os.chown(folder, self.user, self.group)
            for file in files:
                os.chown(Path(folder, file), self.user, self.group, follow_symlinks=False)

    def open_way(self, path: Path) -> None:
        """Let the user search the directories of ours that lead to `path`; they stay unreadable.

        Raises:
            ServerError: One of them is not ours to open.
        """
        if self.user is None:
            return
        for parent in path.parents:
            mode = parent.stat().st_mode
            if parent.name.startswith(("pgassay-", "r-", "k-")):
                parent.chmod(mode | 0o011)
            elif not mode & 0o001 and parent.stat().st_uid != self.user:
                raise ServerError(
                    f'PostgreSQL runs {self.name} here, because it refuses to run as root, and "{parent}" is closed '
                    "to that user",
                    hint="set TMPDIR to a directory that every user can search, such as /tmp",
                )

    def reaches(self, program: Path) -> bool:
        """Tell whether the user can start a program."""
        return _succeeds([*self.prefix, str(program), "-V"], **self.popen)


def manner() -> Manner:
    """Return how PostgreSQL can be run by the user that we are.

    Raises:
        ServerError: We are root, and neither user namespaces nor another user can be had.
    """
    if os.name != "posix" or user_id() != 0:
        return Manner()
    return in_namespace() or as_other_user() or _refuse()


@lru_cache
def in_namespace() -> Manner | None:
    """Return the way of a user namespace, where the kernel allows one: files stay root's, nothing else changes."""
    unshare = shutil.which("unshare")
    if unshare and _succeeds([unshare, "-U", "true"]):
        return Manner(prefix=(unshare, "-U"), name="as root in a user namespace")
    return None


@lru_cache
def as_other_user() -> Manner | None:
    """Return the way of an existing user without rights."""
    import pwd

    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found = Manner(user=entry.pw_uid, group=entry.pw_gid, name=f'as the user "{name}"')
        if entry.pw_uid != 0 and _succeeds(["true"], **found.popen):
            return found
    return None


def _refuse() -> Manner:
    raise ServerError(
        "PostgreSQL refuses to run as root, `unshare -U` is not allowed here, and there is no user "
        + " or ".join(f'"{name}"' for name in CANDIDATES),
        hint="run as an ordinary user, or make one: useradd --system postgres",
    )


def _succeeds(command: list[str], **popen: Any) -> bool:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=10, check=False, cwd="/", env=without_libpq(), **popen
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
