"""Data directories: initdb once, and copies of what it made."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from pgassay.errors import ServerError
from pgassay.servers.binaries import Binaries
from pgassay.servers.environment import without_libpq
from pgassay.servers.places import cache_directory, draft_of
from pgassay.servers.server_settings import initdb_options
from pgassay.servers.unprivileged import Manner

# Characters beyond ASCII are letters only to a locale that knows them (trigrams, upper, regular expressions); "C" is
# what is left where the operating system has none of these.
_LC_CTYPES = ("C.UTF-8", "en_US.UTF-8", "C")


def fill_data_directory(data: Path, binaries: Binaries, how: Manner) -> None:
    """Make a data directory, by copying what initdb once made with the same version and options."""
    cached = cache_directory() / "initdb" / _cache_key(binaries)
    if not cached.is_dir():
        _initdb(data, binaries, how)
        with draft_of(cached) as draft:
            _copy(data, draft)
        return
    _copy(cached, data)
    data.chmod(0o700)


def _copy(source: Path, target: Path) -> None:
    """Copy a thousand files; by another process, because other threads of this one import meanwhile."""
    program = shutil.which("cp")
    if program is None:  # on Windows
        shutil.copytree(source, target, symlinks=True, copy_function=shutil.copyfile)  # modes cost a third
        return
    done = subprocess.run([program, "-R", str(source), str(target)], capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise ServerError(f'cannot copy "{source}" to "{target}": {said}')


def _cache_key(binaries: Binaries) -> str:
    facts = [binaries.version, str(binaries.bindir), initdb_options(binaries, ""), _LC_CTYPES]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    return f"{binaries.version}-{digest}"


def _initdb(data: Path, binaries: Binaries, how: Manner) -> None:
    """Run initdb with the first locale that this machine has."""
    how.give(data.parent)
    said = ""
    for lc_ctype in _LC_CTYPES:
        command = [str(binaries.program("initdb")), f"--pgdata={data}", *initdb_options(binaries, lc_ctype)]
        done = subprocess.run(
            [*how.prefix, *command],
            capture_output=True,
            env=without_libpq(),
            cwd="/",
            check=False,
            timeout=120,
            **how.popen,
        )
        if done.returncode == 0:
            return
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        shutil.rmtree(data, ignore_errors=True)
        if "locale" not in said:
            break
    raise ServerError(f"initdb of PostgreSQL {binaries.version} from {binaries.bindir} failed: {said}")
