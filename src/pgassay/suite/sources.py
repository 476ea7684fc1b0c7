"""What a comparison is between, as a person writes it: a database, a snapshot's file, the migrations, the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.conninfo import Conninfo, hide_secrets, without_driver
from pgassay.errors import UsageError
from pgassay.settings import Settings

KNOWN = (
    "a source is the URL of a database, a file that pgassay snapshot wrote, "
    "migrations: (migrations:DIR, migrations:@012 for a version), or contract: (contract:DIR)"
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WORDS = re.compile(r"\s*\w+\s*=")  # libpq's host=... dbname=...
_MIGRATIONS = re.compile(r"migrations:(?P<folder>.*?)(?:@(?P<version>[0-9]+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A database that runs, and is only ever read."""

    conninfo: Conninfo

    @property
    def title(self) -> str:
        """What it is called in every text: it has no password."""
        return self.conninfo.redacted


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """A file that `pgassay snapshot` wrote."""

    path: Path
    title: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class MigrationsSource:
    """A folder of migrations, up to a version or all of them."""

    folder: Path
    version: int | None
    title: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class ContractSource:
    """A contract's folder."""

    folder: Path
    title: str = field(compare=False)


Source = LiveSource | SnapshotSource | MigrationsSource | ContractSource


def parse_source(text: str, settings: Settings, cwd: Path) -> Source:
    """Return what a person means; nothing is read yet.

    Args:
        text: What was written.
        settings: Say where contract and migrations are, where the text does not.
        cwd: What relative paths of the text belong to.

    Raises:
        UsageError: It is none of the four; or a file that is not there. No password is repeated.
    """
    if text.startswith("contract:"):
        folder = text.removeprefix("contract:")
        return ContractSource(_resolved(cwd, folder) if folder else _resolved(settings.root, settings.schema), text)
    if match := _MIGRATIONS.fullmatch(text):
        version = None if match["version"] is None else int(match["version"])
        return MigrationsSource(_migrations(match["folder"], settings, cwd), version, text)
    path = _resolved(cwd, text) if text.strip() else None
    if path is not None and not _URL.match(text) and (path.is_file() or text.endswith(".json")):
        return _snapshot(path, text)
    if _URL.match(text) or _WORDS.match(text):
        return LiveSource(_conninfo(text))
    raise UsageError(f'"{hide_secrets(text, text)}" is no source that can be compared', hint=_hint(path, text))


def _resolved(base: Path, written: str | Path) -> Path:
    return (base / Path(written).expanduser()).resolve()


def _migrations(written: str, settings: Settings, cwd: Path) -> Path:
    if written:
        return _resolved(cwd, written)
    if settings.migrations is None:
        raise UsageError("the settings say that there are no migrations", hint="name their folder: migrations:DIR")
    return _resolved(settings.root, settings.migrations)


def _snapshot(path: Path, text: str) -> SnapshotSource:
    if not path.exists():
        raise UsageError(f'there is no file "{text}"', hint="pgassay snapshot writes one")
    return SnapshotSource(path, text)


def _conninfo(text: str) -> Conninfo:
    conninfo = Conninfo(without_driver(text.strip()))
    _ = conninfo.parameters  # what cannot be parsed is wrong use, not a database that cannot be reached
    return conninfo


def _hint(path: Path | None, text: str) -> str:
    """Say what would be; of a folder, how it is named."""
    if path is not None and path.is_dir():
        return f"a folder is named as contract:{text} or migrations:{text}"
    return KNOWN
