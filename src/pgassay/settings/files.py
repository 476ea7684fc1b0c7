"""The files in which settings are written: pgassay.toml and pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pgassay.errors import UsageError
from pgassay.settings.known import KNOWN


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file with a table of settings.

    Attributes:
        path: Where it is; relative paths in it belong to its directory.
        table: The whole table, its keys known.
    """

    path: Path
    table: Mapping[str, object]

    def get(self, place: tuple[str, ...]) -> object | None:
        """Return what stands at `place`, such as `("scope", "foreign_schemas")`, or None."""
        value: object = self.table
        for key in place:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def find_file(start: Path, *, upwards: bool) -> SettingsFile | None:
    """Return the nearest settings file.

    Args:
        start: The directory to begin with.
        upwards: Whether the directories above are looked through as well.

    Raises:
        UsageError: Two files of one directory hold settings, or one cannot be read, or holds an unknown key.
    """
    for directory in (start, *(start.parents if upwards else ())):
        found = [file for name in ("pgassay.toml", "pyproject.toml") if (file := _read(directory / name))]
        if len(found) > 1:
            raise UsageError(
                f'settings stand both in "{found[0].path}" and in [tool.pgassay] of "{found[1].path}"',
                hint="keep one of the two",
            )
        if found:
            _require_known(found[0])
            return found[0]
    return None


def _read(path: Path) -> SettingsFile | None:
    """Return the file's settings; None where there is no file, or no [tool.pgassay] in it."""
    if not path.is_file():
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f'cannot read the settings in "{path}": {error}') from error
    if path.name == "pgassay.toml":
        return SettingsFile(path, content)
    tool = content.get("tool", {})
    table = tool.get("pgassay") if isinstance(tool, Mapping) else None
    return SettingsFile(path, table) if isinstance(table, Mapping) else None


def _require_known(file: SettingsFile) -> None:
    """Raise for a key that means nothing, naming the ones that would have."""
    known = {".".join(s.toml): s for s in KNOWN if s.toml}
    for key in _keys(file.table):
        if key in known:
            continue
        if key == "db_url":
            hint = "say it each time with --db-url, or in PGASSAY_DB_URL: a file would open the target unasked"
        else:
            near = get_close_matches(key, known, n=1)
            hint = (f'did you mean "{near[0]}"? ' if near else "") + f"known are {', '.join(sorted(known))}"
        raise UsageError(f'"{file.path}" has an unknown setting "{key}"', hint=hint)


def _keys(table: Mapping[str, object]) -> Iterator[str]:
    """Yield the keys, those of a table in the table (only [scope] is one) with its name in front."""
    for key, value in table.items():
        if key == "scope" and isinstance(value, Mapping):
            yield from (f"scope.{inner}" for inner in value)
        else:
            yield key
