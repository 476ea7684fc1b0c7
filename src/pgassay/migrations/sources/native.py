"""Our own format: one file a step, `NNN-name.sql`, cut by `-- migrate:up` and `-- migrate:down`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, Script
from pgassay.migrations.split import is_blank, split
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Kind, Place, tokens

OPTIONS = ("transaction:false", "superuser:true", "irreversible: the reason")

_FILE_NAME = re.compile(r"([0-9]+)-(.+)\.sql", re.DOTALL)
_MARKER = re.compile(r"--[ \t]*migrate:(up|down)(?:[ \t]+(.*?))?[ \t]*")
_MARKER_LINE = re.compile(rb"^--[ \t]*migrate:", re.MULTILINE)
_ALMOST_MARKER = re.compile(r"--[ \t]*migrate[ \t]*:", re.IGNORECASE)
_OPTION = re.compile(r"([a-z_]+):[ \t]*(\S+)[ \t]*")
_IRREVERSIBLE = re.compile(r"irreversible:[ \t]*(.*)")
_HIGHEST = 2**63 - 1  # the ledger's version is a bigint


@dataclass(frozen=True, slots=True)
class _Marker:
    """A marker line: where it stands, which part of the file it opens, what is written behind it."""

    direction: Direction
    options: Mapping[str, str]
    start: int
    end: int


def load(folder: Path) -> tuple[Migration, ...]:
    """Read every migration of a folder, in the order of their versions.

    Files that do not end in `.sql`, hidden files and sub-folders are not looked at.

    Args:
        folder: The folder.

    Raises:
        MigrationError: The folder is missing, cannot be read or holds no migration; a file's name or text does not
            fit the format; two files have one version.
    """
    files = sql_files(folder)
    if not files:
        raise MigrationError(
            f'the migrations folder "{folder}" holds no migration',
            hint="a migration is a file NNN-name.sql; `pgassay migrate create NAME` makes one",
        )
    loaded = sorted((load_file(path) for path in files), key=lambda migration: migration.version)
    _refuse_twins(loaded)
    return tuple(loaded)


def looks_like(folder: Path) -> bool:
    """Tell whether a folder holds migrations of this format: the first file that is called like one has our marker."""
    try:
        named = sorted(entry for entry in folder.iterdir() if _FILE_NAME.fullmatch(entry.name))
        return bool(named) and _MARKER_LINE.search(named[0].read_bytes()) is not None
    except OSError:
        return False


def sql_files(folder: Path) -> list[Path]:
    """Return the folder's files that are, or should be, migrations, by name.

    Raises:
        MigrationError: The folder is missing or cannot be read.
    """
    try:
        found = [entry for entry in folder.iterdir() if entry.suffix.lower() == ".sql"]
    except FileNotFoundError as error:
        raise MigrationError(
            f'the migrations folder "{folder}" does not exist',
            hint="name it with --assay-migrations or --migrations; `pgassay migrate create NAME` makes it; "
            'where there are none, say so: migrations = "" in pgassay.toml',
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MigrationError(f'the migrations folder "{folder}" cannot be read: {reason}') from error
    return sorted(entry for entry in found if not entry.name.startswith(".") and not entry.is_dir())


def parse_name(path: Path) -> tuple[int, str]:
    """Return version and name of a migration's file.

    Raises:
        MigrationError: It is not called `NNN-name.sql`, or the version is out of range.
    """
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(
            f'"{path}" is not named like a migration',
            hint="name it NNN-name.sql, such as 001-initial-schema.sql, or take the file out of the folder",
        )
    # Python refuses to read a number of more than 4,300 digits, so its length is looked at first.
    digits = match[1].lstrip("0")
    if len(digits) > len(str(_HIGHEST)) or not 1 <= int(digits or "0") <= _HIGHEST:
        raise MigrationError(f'"{path}": the version must be from 1 to {_HIGHEST}')
    return int(digits), match[2]


def load_file(path: Path) -> Migration:
    """Read one migration.

    Raises:
        MigrationError: Its name or its text does not fit the format.
    """
    version, name = parse_name(path)
    text, place = read_text(path), Place(path)
    markers = _find_markers(text, place)
    _refuse_order(markers, text, place)
    up = _script(markers[0], markers[1:], text, place)
    down = _script(markers[1], (), text, place) if len(markers) > 1 else None
    if down is not None and is_blank(down.sql):
        down = None
    irreversible = next((m.options["irreversible"] for m in markers if "irreversible" in m.options), None)
    if irreversible is not None and down is not None:
        raise place.error(
            "declared irreversible, and yet there are statements to undo it",
            text=text,
            at=markers[1].start,
            hint="take one of the two out",
        )
    return Migration(version=version, name=name, path=path, up=up, down=down, irreversible=irreversible)


def _find_markers(text: str, place: Place) -> list[_Marker]:
    """Find the markers: comments at the very beginning of a line, never words within a string or another comment."""
    try:
        markers, early = _scan(text, place)
    except MigrationError:
        split(text, place=place)  # the data lines of a COPY are no SQL: better named as such than by what follows
        raise
    if markers and early is not None:
        problem = "text other than comments stands before the first marker"
        raise place.error(problem, text=text, at=early, hint="write -- migrate:up above it")
    return markers


def _scan(text: str, place: Place) -> tuple[list[_Marker], int | None]:
    """Return the markers, and where the first other text stands that has no marker before it."""
    markers: list[_Marker] = []
    early: int | None = None
    for token in tokens(text, place=place, coarse=True):
        if token.kind is Kind.LINE_COMMENT and _ALMOST_MARKER.match(text, token.start, token.end):
            markers.append(_read_marker(text, token.start, token.end, place))
        elif early is None and not token.blank and not markers:
            early = token.start
    return markers, early


def _read_marker(text: str, start: int, end: int, place: Place) -> _Marker:
    match = _MARKER.fullmatch(text, start, end)
    if match is None or (start > 0 and text[start - 1] not in "\n\r"):
        raise place.error(
            f'"{text[start:end].strip()[:80]}" is almost a marker, but not quite',
            text=text,
            at=start,
            hint="write -- migrate:up or -- migrate:down at the very beginning of a line, options behind a space",
        )
    return _Marker(Direction(match[1]), _read_options(match[2] or "", text, start, place), start, end)


def _read_options(options: str, text: str, at: int, place: Place) -> dict[str, str]:
    """Read what stands behind a marker; `irreversible:` takes the rest of the line."""
    read: dict[str, str] = {}
    rest = options
    while rest:
        reason = _IRREVERSIBLE.fullmatch(rest)
        match = reason or _OPTION.match(rest)
        key, value, end = ("irreversible", reason[1], len(rest)) if reason else _plain(match)
        if not _known(key, value) or key in read:
            problem = f'"{rest}" is given twice' if key in read else f'unknown option "{rest}" behind the marker'
            raise place.error(problem, text=text, at=at, hint=f"the options are: {', '.join(OPTIONS)}")
        read[key] = value
        rest = rest[end:]
    return read


def _plain(match: re.Match[str] | None) -> tuple[str, str, int]:
    return (match[1], match[2], match.end()) if match else ("", "", 0)


def _known(key: str, value: str) -> bool:
    return bool(value) if key == "irreversible" else key in {"transaction", "superuser"} and value in {"true", "false"}


def _refuse_order(markers: list[_Marker], text: str, place: Place) -> None:
    """One up, then at most one down."""
    if not markers:
        raise place.error(
            "there is no marker in this file", text=text, at=0, hint="write -- migrate:up above the statements"
        )
    if markers[0].direction is Direction.DOWN:
        raise place.error("the down stands before the up", text=text, at=markers[0].start)
    for number, marker in enumerate(markers[1:]):
        if marker.direction is Direction.UP or number:
            raise place.error(
                f"a second -- migrate:{marker.direction}", text=text, at=marker.start, hint="one file is one step"
            )


def _script(marker: _Marker, following: Iterable[_Marker], text: str, place: Place) -> Script:
    """Make the script between a marker's line and the next marker."""
    end = next((after.start for after in following), len(text))
    begin = min(marker.end + 1, end)  # behind the line's end
    line = place.line + text.count("\n", 0, begin)
    script = Script(
        sql=text[begin:end],
        line=line,
        transaction=marker.options.get("transaction") != "false",
        superuser=marker.options.get("superuser") == "true",
    )
    split(script.sql, place=Place(place.path, line))
    return script


def _refuse_twins(migrations: Iterable[Migration]) -> None:
    seen: dict[int, Migration] = {}
    for migration in migrations:
        if (other := seen.setdefault(migration.version, migration)) is not migration:
            raise MigrationError(
                f'"{other.path}" and "{migration.path}" have the same version {migration.version}',
                hint="give one of them another number",
            )
