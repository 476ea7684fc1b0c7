"""golang-migrate: `<version>_<title>.up.sql` and `.down.sql`, each sent to the server in one query.

With `x-multi-statement=true` in its URL a file is cut behind each semicolon, wherever it stands; that is said in
`[placeholders]`.

Source: github.com/golang-migrate/migrate v4, source/parse.go, source/migration.go, database/postgres/postgres.go,
database/multistmt/parse.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.support import (
    entries,
    line_counter,
    names_in,
    require_any,
    rows_of,
    twins,
    unless_blank,
)
from pgassay.migrations.text import read_text

_NAME = re.compile(r"([0-9]+)_(.*)\.(up|down)\.(.*)")
_MULTI_STATEMENT = "x-multi-statement"
_PIECE = re.compile(r"[^;]*;|[^;]+")
_HIGHEST = 2**64 - 1  # a version is a uint64


def looks_like(folder: Path) -> bool:
    """Tell whether some file is called like an up."""
    return any((match := _NAME.fullmatch(name)) and match[3] == "up" for name in names_in(folder))


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; files of other names are not looked at, as the tool does.

    Raises:
        MigrationError: The folder holds none, two files have one version and direction, or a version has no up.
    """
    files: dict[int, dict[str, tuple[Path, str]]] = {}
    for path in entries(folder):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) > _HIGHEST:
            continue
        both = files.setdefault(int(match[1]), {})
        if match[3] in both:
            raise twins(both[match[3]][0], path, f"version {int(match[1])}")
        both[match[3]] = path, match[2]
    read = _cut if _flag(placeholders) else _script
    found = [_migration(place, version, files[version], read) for place, version in enumerate(sorted(files), 1)]
    return require_any(
        found, folder, tool=FORMAT.tool, hint="a migration is a pair NNN_title.up.sql, NNN_title.down.sql"
    )


def _flag(placeholders: Mapping[str, str]) -> bool:
    value = placeholders.get(_MULTI_STATEMENT, "false")
    if value.lower() not in {"true", "false"}:
        raise MigrationError(f'{_MULTI_STATEMENT} is "{value}" in [placeholders]', hint="write true or false")
    return value.lower() == "true"


def _migration(
    place: int, version: int, files: Mapping[str, tuple[Path, str]], read: Callable[[Path], Script]
) -> Migration:
    if "up" not in files:
        raise MigrationError(f'"{files["down"][0]}" has no up', hint=f"golang-migrate cannot go past version {version}")
    path, name = files["up"]
    down = read(files["down"][0]) if "down" in files else None
    return Migration(
        version=place,
        name=name,
        path=path,
        title=f"{path.name.split('.')[0]}",
        key=str(version),
        up=read(path),
        down=None if down is None else unless_blank(down),
    )


def _script(path: Path) -> Script:
    text = read_text(path)
    return Script(sql=text, transaction=False, pieces=(Piece(text),), path=path)


def _cut(path: Path) -> Script:
    """Read a file as it is sent in multi-statement mode, which knows no strings and no function bodies."""
    script = _script(path)
    line_of = line_counter(script.sql)
    found = [match for match in _PIECE.finditer(script.sql) if match[0].strip()]
    return replace(script, pieces=tuple(Piece(match[0], line_of(match.start())) for match in found))


_TABLE = OwnTable(
    name="schema_migrations",
    setup=("CREATE TABLE {table} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)",),
    applied=("TRUNCATE {table}", "INSERT INTO {table} (version, dirty) VALUES (%(key)s, false)"),
    reverted=(
        "TRUNCATE {table}",
        "INSERT INTO {table} (version, dirty) SELECT %(below)s::bigint, false WHERE %(below)s::text IS NOT NULL",
    ),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `schema_migrations`, which has one row: the version that the database is at."""
    rows = rows_of(connection, table, ("version", "dirty"))
    if rows is None:
        return None
    return [Applied(key=str(version), problem="dirty" if dirty else None) for version, dirty in rows]


FORMAT = Format(
    name="golang-migrate",
    tool="golang-migrate",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # database/postgres/postgres.go, Lock
    table=_TABLE,
    reads=read,
    newest_only=True,
    out_of_order=OutOfOrder.IGNORED,
    manifests=(("go.mod", "github.com/golang-migrate/migrate"),),
)
