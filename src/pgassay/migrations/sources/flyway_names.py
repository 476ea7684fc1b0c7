"""What Flyway takes a file for, which its name alone tells.

Source: github.com/flyway/flyway 13.0, flyway-core: ResourceNameParser, MigrationVersion, Event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Version = tuple[int, ...]

_SEPARATOR = "__"
_SUFFIX = ".sql"
_VERSION = re.compile(r"[0-9]+(?:[._][0-9]+)*")
_CODE = re.compile(r"V([^_]+(?:_[^_]+)*)__.*\.(?:bash|bat|class|cmd|groovy|java|js|kt|ps1|py|scala|sh)")
_DONE_TO_EACH = ("Migrate", "Undo", "MigrateStatement", "UndoStatement")
_COMMANDS = ("Clean", "Migrate", "Undo", "Validate", "Baseline", "Repair", "Info")
_CALLBACKS = frozenset(
    {
        *(f"{when}{command}" for command in _COMMANDS for when in ("before", "after")),
        *(f"{when}Each{what}" for what in _DONE_TO_EACH for when in ("before", "after")),
        *(f"after{command}Error" for command in _COMMANDS),
        *(f"afterEach{what}Error" for what in _DONE_TO_EACH),
        *(f"after{command}OperationFinish" for command in _COMMANDS),
        *("afterMigrateApplied", "afterVersioned", "beforeRepeatables"),
        *("createSchema", "beforeCreateSchema", "beforeConnect", "afterConnect"),
    }
)


class Kind(StrEnum):
    """What a file is; a letter is its prefix."""

    VERSIONED = "V"
    UNDO = "U"
    BASELINE = "B"
    REPEATABLE = "R"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A file, and what its name says.

    Attributes:
        version: Its version without zeros at the end; of a repeatable migration and a callback empty.
        description: What stands behind the version, with blanks for underscores.
        kind: What it is.
        path: The file.
    """

    version: Version
    description: str
    kind: Kind
    path: Path

    @property
    def key(self) -> str:
        """What tells it from all others of its kind: 1.0 and 1 are one version."""
        return version_key(self.version) if self.version else f"R__{self.description}"


def named(path: Path) -> Named | None:
    """Read a file's name; None: Flyway passes over it."""
    prefix, rest = _prefix(path.name[: -len(_SUFFIX)])
    if prefix is None or not is_sql(path.name):
        return None
    before, _, description = rest.partition(_SEPARATOR)
    version = parse_version(before)
    has_version = prefix in {Kind.VERSIONED, Kind.UNDO, Kind.BASELINE}
    if (version is None) if has_version else bool(before):
        return None
    return Named(version or (), description.replace("_", " "), prefix, path)


def is_sql(name: str) -> bool:
    """Tell whether a file is of SQL."""
    return name.lower().endswith(_SUFFIX)


def code_version(name: str) -> Version | None:
    """Return the version of a migration that is a program; None: it is none."""
    match = _CODE.fullmatch(name)
    return None if match is None else parse_version(match[1])


def parse_version(text: str) -> Version | None:
    """Read a version such as 1.2.0 or 1_2; None: it is none."""
    if not _VERSION.fullmatch(text):
        return None
    parts = [int(part) for part in re.split("[._]", text)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def version_key(version: Version) -> str:
    """Return the one way in which a version is written here."""
    return ".".join(map(str, version))


def _prefix(stem: str) -> tuple[Kind | None, str]:
    """Return what the longest prefix that fits says, and the rest."""
    callback = max((name for name in _CALLBACKS if stem.startswith(name)), key=len, default="")
    if callback:
        return Kind.CALLBACK, stem[len(callback) :]
    letter = stem[:1]
    return (Kind(letter) if letter and letter in "VUBR" else None), stem[1:]
