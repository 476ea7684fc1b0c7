"""Make the file of a new migration, in the style of its folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.sources.native import parse_name, sql_files

TEMPLATE = "-- migrate:up\n\n\n-- migrate:down\n\n"

_STAMP_DIGITS = 14  # year to second
# What no file name may hold on one system or another, and control characters.
_BAD_NAME = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f]')
_LONGEST_NAME = 200  # bytes; file systems allow 255, and the version needs room


def create_migration(folder: Path, name: str, *, now: datetime | None = None) -> Path:
    """Make the next migration's file, with both markers and nothing between them.

    The version goes on as the folder's versions do: with as many digits, and with the date and time in UTC where they
    are stamps of 14 digits. An empty folder begins with a stamp; a missing one is made.

    Args:
        folder: The migrations' folder.
        name: What stands behind the version.
        now: The time of a stamp; default: the clock's.

    Returns:
        The file.

    Raises:
        UsageError: The name cannot be part of a file's name.
        MigrationError: A file in the folder is not named like a migration, or the new one cannot be made.
    """
    _check_name(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_next_version(folder, now or datetime.now(UTC))}-{name}.sql"
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(TEMPLATE)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MigrationError(f'no migration can be made in "{folder}": {reason}') from error
    return path


def _check_name(name: str) -> None:
    problem = None
    if not name or name != name.strip() or name.startswith((".", "-")):
        problem = "it must not be empty, nor begin with a dot, a dash or a blank, nor end with a blank"
    elif bad := _BAD_NAME.search(name):
        problem = f"it must not hold {bad.group()!r}"
    elif name.lower().endswith(".sql"):
        problem = "leave the ending .sql out"
    elif len(name.encode()) > _LONGEST_NAME:
        problem = f"it must not be longer than {_LONGEST_NAME} bytes"
    if problem:
        raise UsageError(f"{name!r} cannot be a migration's name: {problem}", hint="such as add-users")


def _next_version(folder: Path, now: datetime) -> str:
    """Return the version as text, zeros in front included."""
    files = sql_files(folder)
    if not files:
        return f"{now:%Y%m%d%H%M%S}"
    last, digits = max((parse_name(path)[0], len(path.name.partition("-")[0])) for path in files)
    if digits == _STAMP_DIGITS:
        return str(max(int(f"{now:%Y%m%d%H%M%S}"), last + 1))
    return f"{last + 1:0{digits}}"
