"""Programs in our home directory cannot be started by another user: give that user a copy it can reach."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path

from pgassay.errors import ServerError
from pgassay.servers.binaries import Binaries
from pgassay.servers.places import draft_of, ensure_private, user_id
from pgassay.servers.unprivileged import Manner


def reachable(binaries: Binaries, how: Manner) -> Binaries:
    """Return programs that can be started in a manner: these, or a copy of an embedded build.

    Raises:
        ServerError: The user may not start them, and they are an installation that cannot be copied.
    """
    if how.user is None or how.reaches(binaries.program("postgres")):
        return binaries
    if binaries.source != "embedded":
        raise ServerError(
            f"PostgreSQL in {binaries.bindir} cannot be started {how.name}, and it refuses to run as root",
            hint="let that user reach it, run as an ordinary user, or say --assay-server embedded",
        )
    copied = dataclasses.replace(binaries, bindir=_copy(binaries.bindir.parent, how) / "bin")
    if not how.reaches(copied.program("postgres")):
        raise ServerError(f"even a copy of PostgreSQL in {copied.bindir} cannot be started {how.name}")
    return copied


def _copy(installation: Path, how: Manner) -> Path:
    """Copy an installation once to the disk's temporary directory, under a directory of ours."""
    root = ensure_private(Path(tempfile.gettempdir()).resolve() / f"pgassay-{user_id()}")
    target = root / f"e-{installation.name}"
    if not target.is_dir():
        with draft_of(target) as draft:
            shutil.copytree(installation, draft, symlinks=True)
            draft.chmod(0o755)
    how.open_way(target / "bin")
    return target
