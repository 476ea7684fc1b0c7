"""Find the PostgreSQL programs of this machine, and remember where was looked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pgassay.errors import UsageError
from pgassay.servers.environment import without_libpq

MAJORS = (14, 15, 16, 17, 18)
NEEDED = ("initdb", "postgres")
_SUFFIX = ".exe" if os.name == "nt" else ""

# Where packagers put the programs outside PATH: Debian, Red Hat (PGDG and the distribution's own), SUSE, Alpine, Arch,
# Homebrew (Apple silicon and Intel), MacPorts, EnterpriseDB, Postgres.app, Windows.
WELL_KNOWN = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/local/pgsql/bin",
    "/opt/local/lib/postgresql*/bin",
    "/Library/PostgreSQL/*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL.

    Attributes:
        bindir: The directory that holds `initdb` and `postgres`.
        version: What `postgres -V` says, such as `15.18`.
        source: `local` or `embedded`.
    """

    bindir: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """The major version."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # `read_version` lets only numbers in

    @property
    def order(self) -> tuple[int, ...]:
        """What versions are sorted by."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from every other PostgreSQL."""
        return (self.version, str(self.bindir))

    def program(self, name: str) -> Path:
        """Return the path of one program."""
        return self.bindir / (name + _SUFFIX)

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The names of the loadable libraries, without their suffix."""
        folders = [self.bindir.parent / "lib", self.bindir.parent / "lib" / "postgresql", *_asked_library_folder(self)]
        return frozenset(
            file.stem for folder in folders for kind in ("so", "dylib", "dll") for file in folder.glob(f"*.{kind}")
        )


@dataclass(frozen=True)
class LookUp:
    """One place that was looked at, and what was found there."""

    place: str
    found: str


def find_binaries(major: int | None = None) -> list[Binaries]:
    """Return the machine's own PostgreSQL installations that may serve, the newest first.

    Args:
        major: Only this major version; None: any of 14 to 18.

    Raises:
        UsageError: The major is not one that pgassay knows.
    """
    return look_for_binaries(major)[0]


def look_for_binaries(major: int | None = None) -> tuple[list[Binaries], list[LookUp]]:
    """Do as `find_binaries` does, and tell where was looked, for the error that nothing was found."""
    check_major(major)
    found: dict[Path, Binaries] = {}
    log: list[LookUp] = []
    for place, bindir in _candidates():
        log.append(LookUp(place, _judge(bindir, major, found)))
    return sorted(found.values(), key=lambda b: b.order, reverse=True), log


def check_major(major: int | None) -> None:
    """Raise UsageError unless the major version is None or one of 14 to 18."""
    if major is not None and major not in MAJORS:
        raise UsageError(
            f"PostgreSQL {major} is not among the majors that pgassay works with",
            hint=f"choose one of {', '.join(map(str, MAJORS))}",
        )


def _candidates() -> Iterator[tuple[str, Path | None]]:
    yield "pg_config on PATH", _from_pg_config()
    postgres = shutil.which("postgres")
    yield "postgres on PATH", Path(postgres).resolve().parent if postgres else None
    for pattern in WELL_KNOWN:
        folders = sorted(_glob(pattern))
        yield from ((str(folder), folder) for folder in folders)
        if not folders:
            yield pattern, None


def _judge(bindir: Path | None, major: int | None, found: dict[Path, Binaries]) -> str:
    """Take a candidate into `found` where it fits, and say in words what it was."""
    if bindir is None:
        return "nothing"
    missing = [name for name in NEEDED if not (bindir / (name + _SUFFIX)).is_file()]
    if missing:
        return f"{bindir}: no {' and no '.join(missing)}"
    version = read_version(bindir)
    if version is None:
        return f"{bindir}: its postgres does not run"
    binaries = Binaries(bindir, version, "local")
    if binaries.major not in MAJORS:
        return f"{version}, which is none of {MAJORS[0]} to {MAJORS[-1]}"
    if major is not None and binaries.major != major:
        return f"{version}, and {major} was asked for"
    found.setdefault(bindir.resolve(), binaries)
    return version


@lru_cache
def read_version(bindir: Path) -> str | None:
    """Return the version of the postgres in a directory, or None where it does not run."""
    out = _output([str(bindir / ("postgres" + _SUFFIX)), "-V"])
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)*)", out or "")
    return match[1] if match else None


def _from_pg_config() -> Path | None:
    program = shutil.which("pg_config")
    out = _output([program, "--bindir"]) if program else None
    return Path(out.strip()) if out and out.strip() else None


def _asked_library_folder(binaries: Binaries) -> Iterable[Path]:
    program = binaries.program("pg_config")
    out = _output([str(program), "--pkglibdir"]) if program.is_file() else None
    return [Path(out.strip())] if out and out.strip() else []


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env=without_libpq(),
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _glob(pattern: str) -> Iterator[Path]:
    anchor = Path(pattern).anchor
    if not anchor or not Path(anchor).exists():
        return iter(())
    return Path(anchor).glob(pattern.removeprefix(anchor))
