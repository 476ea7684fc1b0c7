"""goose: `<version>_<title>.sql`, cut by annotations and at semicolons that end a line; Go files between them.

Source: github.com/pressly/goose v3, migration.go, migrate.go, provider_collect.go, migration_sql.go, and
internal/dialects/postgres.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, OwnTable, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.goose_text import Unset, cut
from pgassay.migrations.sources.support import entries, holds_marker, rows_of, twins, unless_blank, unset
from pgassay.migrations.text import read_text

_NAME = re.compile(r"\+?([0-9]+)_(.*)\.(sql|go)", re.DOTALL)
_LIKELY_NAME = re.compile(r"[0-9]+_.*\.sql", re.DOTALL)
_MARKER = re.compile(rb"^--.*\+goose[ \t]+up", re.MULTILINE | re.IGNORECASE)
_HIGHEST = 2**63 - 1  # a version is an int64
_NOT_RUN = Script(sql="", pieces=())

_Parts = tuple[Script, Script | None, tuple[str, ...]]  # up, down, and notes


def looks_like(folder: Path) -> bool:
    """Tell whether one of the first files has the annotation of an up."""
    return holds_marker(folder, _LIKELY_NAME, _MARKER)


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; one in Go is a step of which nothing is run, and that says so.

    Raises:
        MigrationError: The folder holds none in SQL, two files have one version, or goose would refuse a file.
    """
    files, strangers = _files(folder)
    if all(path.suffix == ".go" for path, _ in files.values()):
        more = ": all are written in Go, which is not run here" if files else ""
        raise MigrationError(
            f'the migrations folder "{folder}" holds no migration of goose in SQL{more}',
            hint="a migration is a file VERSION_title.sql",
        )
    numbered = enumerate(sorted(files), 1)
    reading = _Reading(placeholders)
    found = [reading.migration(place, version, *files[version]) for place, version in numbered]
    if reading.unset:
        raise unset(reading.unset, next(iter(reading.unset.values())), text="", at=0)
    found[0] = replace(found[0], notes=(*found[0].notes, *map(_passed_over, strangers)))
    return found[0], *map(_behind, found, found[1:])


def _files(folder: Path) -> tuple[Mapping[int, tuple[Path, str]], Sequence[Path]]:
    """Return the files and titles by version, and those in SQL that are none by their names."""
    files: dict[int, tuple[Path, str]] = {}
    strangers: list[Path] = []
    for path in entries(folder):
        match = _NAME.fullmatch(path.name)
        if match is None or not 1 <= int(match[1]) <= _HIGHEST:
            strangers += [path] if path.suffix == ".sql" else []
        elif not path.name.endswith("_test.go"):
            version = int(match[1])
            if version in files:
                raise twins(files[version][0], path, f"version {version}")
            files[version] = path, match[2]
    return files, strangers


def _passed_over(path: Path) -> str:
    return (
        f'"{path}" is no migration, for its name has no version before a "_": '
        "goose's command line refuses the folder for it, goose's Provider passes it over, and so does this"
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The values of variables, and what is found to have none: all are told at once."""

    values: Mapping[str, str]
    unset: Unset = field(default_factory=dict)

    def migration(self, place: int, version: int, path: Path, name: str) -> Migration:
        """Read one file."""
        up, down, notes = _in_go(path) if path.suffix == ".go" else self._in_sql(path)
        return Migration(version=place, name=name, path=path, key=str(version), up=up, down=down, notes=notes)

    def _in_sql(self, path: Path) -> _Parts:
        text = read_text(path)
        halves = [cut(text, path, direction, values=self.values, unset=self.unset) for direction in Direction]
        (up, _), (down, _) = halves
        return up, unless_blank(down), tuple(f'"{path}", {note}' for _, notes in halves for note in notes)


def _in_go(path: Path) -> _Parts:
    return _NOT_RUN, _NOT_RUN, (f'"{path}" is written in Go: nothing of it was run',)


def _behind(before: Migration, migration: Migration) -> Migration:
    """Return a migration that knows of one in Go before it: without that it may fail."""
    if before.path.suffix != ".go" or migration.path.suffix == ".go":
        return migration
    note = f'"{before.path}", which comes before "{migration.path.name}", is written in Go and was not run'
    return replace(migration, notes=(*migration.notes, note))


_TABLE = OwnTable(
    name="goose_db_version",
    setup=(
        """CREATE TABLE {table} (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL,
        is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())""",
        "INSERT INTO {table} (version_id, is_applied) VALUES (0, true)",
    ),
    applied=("INSERT INTO {table} (version_id, is_applied) VALUES (%(key)s, true)",),
    reverted=("DELETE FROM {table} WHERE version_id = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `goose_db_version`: of a version's rows the last one tells; 0 stands for none."""
    rows = rows_of(connection, table, ("version_id", "is_applied", "tstamp"), order=("id",))
    if rows is None:
        return None
    last = {version: (applied, at) for version, applied, at in rows}
    return [Applied(key=str(version), at=at) for version, (applied, at) in last.items() if applied and version]


FORMAT = Format(
    name="goose",
    tool="goose",
    looks_like=looks_like,
    load=load,
    lock=Lock.NONE,  # its command; goose.WithSessionLocker is for programs
    table=_TABLE,
    reads=read,
    out_of_order=OutOfOrder.REFUSED,
    manifests=(("go.mod", "github.com/pressly/goose"),),
)
