"""Our own format: one file a step, `NNN-name.sql`, cut by `-- migrate:up` and `-- migrate:down`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, Script
from pgassay.migrations.sources.native_markers import Marker, find_markers, sections
from pgassay.migrations.split import is_blank, split
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_FILE_NAME = re.compile(r"([0-9]+)-(.+)\.sql", re.DOTALL)
_MARKER_LINE = re.compile(rb"^--[ \t]*migrate:", re.MULTILINE)
_HIGHEST = 2**63 - 1  # the ledger's version is a bigint


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
        named = (entry for entry in folder.iterdir() if _FILE_NAME.fullmatch(entry.name))
        first = min(named, key=attrgetter("name"), default=None)
        return first is not None and _MARKER_LINE.search(first.read_bytes()) is not None
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
    wanted = (entry for entry in found if not entry.name.startswith(".") and not entry.is_dir())
    return sorted(wanted, key=attrgetter("name"))


def parse_name(path: Path) -> tuple[int, str]:
    """Return version and name of a migration's file.

    Raises:
        MigrationError: It is not called `NNN-name.sql`, or the version is out of range.
    """
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(
            f'"{path}" is not named like a migration',
            hint="name it NNN-name.sql, such as 001-initial-schema.sql, or take the file out of the folder; "
            "where the folder is another tool's, say which: assay_format",
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
    markers = find_markers(text, place)
    parts = zip(markers, sections(text, markers, place), strict=True)
    scripts = [_script(marker, *part, place) for marker, part in parts]
    down = scripts[1] if len(scripts) > 1 and not is_blank(scripts[1].sql) else None
    irreversible = next((m.options["irreversible"] for m in markers if "irreversible" in m.options), None)
    if irreversible is not None and down is not None:
        raise place.error(
            "declared irreversible, and yet there are statements to undo it",
            text=text,
            at=markers[1].start,
            hint="take one of the two out",
        )
    return Migration(version=version, name=name, path=path, up=scripts[0], down=down, irreversible=irreversible)


def _script(marker: Marker, sql: str, line: int, place: Place) -> Script:
    script = Script(
        sql=sql,
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
