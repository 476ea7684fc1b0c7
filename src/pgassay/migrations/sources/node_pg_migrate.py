"""node-pg-migrate: `<stamp>_<name>.sql` cut at its markers, or `.up.sql` and `.down.sql`; JavaScript between them.

Pairs of files are read by its loader `sql`, which a folder with such names must have chosen.

Source: github.com/salsita/node-pg-migrate, src/migration.ts, src/migrationLoader.ts, src/sqlMigration.ts,
src/runner.ts, src/utils/fileNameUtils.ts and src/utils/comparators.ts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import ONE_TRANSACTION, Migration, OwnTable, Piece, Script, Way
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.collation import Key, collated_numerically
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.node_pg_settings import in_one_transaction, of_node_pg_migrate
from pgassay.migrations.sources.support import (
    does_nothing,
    entries,
    named_above,
    names_in,
    require_any,
    rows_of,
    twins,
)
from pgassay.migrations.text import read_text

_NAMED = re.compile(r"[0-9]+.*\.sql")
_PAIRED = re.compile(r"(.*)\.(up|down)")
_MARKER_LINE = re.compile(rb"^\s*--[\s-]*(?:up|down)\s+migration", re.IGNORECASE | re.MULTILINE)
_UP, _DOWN = (re.compile(rf"^\s*+--[\s-]*+{way}\s+migration", re.IGNORECASE | re.MULTILINE) for way in ("up", "down"))
_CODE = frozenset({".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"})
_STAMP = 17  # digits of a date down to milliseconds
_LOOKED_INTO = 5  # files
_PROJECT = (("package.json", "node-pg-migrate"),)
_NOT_RUN = Script(sql="", transaction=False, pieces=())


def looks_like(folder: Path) -> bool:
    """Tell whether one of the first files has a marker, or the project's package.json names the tool."""
    named = [name for name in names_in(folder) if _NAMED.fullmatch(name)]
    return bool(named) and (any(_has_marker(folder / n) for n in named[:_LOOKED_INTO]) or named_above(folder, _PROJECT))


def _has_marker(path: Path) -> bool:
    try:
        return _MARKER_LINE.search(path.read_bytes()) is not None
    except OSError:
        return False


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; one in JavaScript is a step of which nothing is run, and that says so.

    Raises:
        MigrationError: The folder holds none in SQL, a name does not begin with a number, two files have one name, or
            halves do not fit together.
    """
    files: dict[str, dict[str, Path]] = {}
    for path in entries(folder):
        if path.suffix.lower() in {".sql", *_CODE} and (path.is_file() or path.is_symlink()):
            name, which = _parts(path)
            halves = files.setdefault(name, {})
            if which in halves:
                raise twins(halves[which], path, f"name {name}")
            halves[which] = path
    names = sorted(files, key=lambda name: _order(name, next(iter(files[name].values()))))
    found = [_migration(place, name, files[name]) for place, name in enumerate(names, 1)]
    in_sql = found if any(migration.up is not _NOT_RUN for migration in found) else []
    if found:
        found[0] = replace(found[0], notes=(*found[0].notes, *_strangers(folder)))
    return require_any(in_sql, folder, tool="node-pg-migrate in SQL", hint="a migration is a file STAMP_name.sql")


def ways(folder: Path, placeholders: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the way of a new database: the tool applies all that is pending in one transaction.

    What is said otherwise by the project, or where a program may say otherwise, is no such way.

    Raises:
        MigrationError: As `load`.
    """
    migrations = load(folder, placeholders)
    if len(migrations) == 1 or any(m.up is _NOT_RUN for m in migrations) or not in_one_transaction(folder):
        return ()
    pieces = [replace(piece, path=piece.path or m.path) for m in migrations for piece in m.up.pieces or ()]
    script = Script(sql="\n".join(piece.sql for piece in pieces), pieces=tuple(pieces))
    schema, name = of_node_pg_migrate(folder, _TABLE.name) or (_TABLE.schema, _TABLE.name)
    table = replace(_TABLE, schema=schema, name=name)
    whole = replace(migrations[0], up=script, down=None, title=ONE_TRANSACTION, own_table=table)
    return (Way(name=ONE_TRANSACTION, migrations=(whole,), at_once=True),)


def _strangers(folder: Path) -> list[str]:
    """Say what the tool refuses, unless its option ignore-pattern names it."""
    others = (path for path in entries(folder) if path.is_file() and path.suffix.lower() not in {".sql", *_CODE})
    return [
        f'"{path}" is passed over: node-pg-migrate refuses the folder for it, unless ignore-pattern names it'
        for path in others
        if not re.match("[0-9]", path.name)
    ]


def _parts(path: Path) -> tuple[str, str]:
    """Return the migration's name, and which part of it a file is: up, down, or an empty text for the whole."""
    match = _PAIRED.fullmatch(path.stem) if path.suffix.lower() not in _CODE else None
    return (match[1], match[2]) if match else (path.stem, "")


def _order(name: str, path: Path) -> tuple[float, Key]:
    """Return what a migration is sorted by: the number before its name, of which 17 digits are a date."""
    match = re.match(r"[0-9]+", name)
    if match is None:
        raise MigrationError(
            f'"{path}": the name does not begin with a number',
            hint="node-pg-migrate refuses the folder: name it STAMP_name, or take it out",
        )
    return _milliseconds(match[0], path), collated_numerically(f"{name}.sql")


def _milliseconds(digits: str, path: Path) -> float:
    if len(digits) != _STAMP:
        return float(digits)
    try:
        return datetime.strptime(f"{digits}000", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC).timestamp() * 1000
    except ValueError as error:
        raise MigrationError(f'"{path}": {digits} is no date', hint="write it as YYYYMMDDhhmmssmmm") from error


def _migration(place: int, name: str, halves: Mapping[str, Path]) -> Migration:
    path = halves.get("") or halves.get("up")
    if path is None:
        raise MigrationError(f'"{halves["down"]}" has no up', hint=f"write {name}.up.sql, or take it out")
    if "" in halves and len(halves) > 1:
        raise MigrationError(
            f'"{path}" has another half beside it', hint="a migration is one file, or two: .up.sql and .down.sql"
        )
    migration = Migration(version=place, name=_bare(name), path=path, title=name, key=name, up=_NOT_RUN)
    if path.suffix.lower() in _CODE:
        note = f'"{path}" is a program: nothing of it was run'
        return replace(migration, down=_NOT_RUN, notes=(note,))
    up, down = _cut(read_text(path)) if "" in halves else (_script(read_text(path)), _half(halves.get("down")))
    return replace(migration, up=up, down=None if down is None or does_nothing(down.sql) else down)


def _bare(name: str) -> str:
    return re.sub(r"^[0-9]+[-_]?", "", name)


def _half(path: Path | None) -> Script | None:
    return None if path is None else _script(read_text(path), path=path)


def _cut(text: str) -> tuple[Script, Script | None]:
    """Cut a file at its markers, whichever comes first; without the one for up all of it is the up."""
    up, down = _start(_UP, text), _start(_DOWN, text)
    first = _script(text) if up is None else _script(text, up, down)
    return first, None if down is None else _script(text, down, up)


def _start(marker: re.Pattern[str], text: str) -> int | None:
    match = marker.search(text)
    return None if match is None else match.start()


def _script(text: str, start: int = 0, other: int | None = None, *, path: Path | None = None) -> Script:
    """Return what stands from here on, up to the other marker where that comes later."""
    part = text[start : other if other is not None and other > start else None]
    line = 1 + text.count("\n", 0, start)
    sent = part if part.endswith(";") else f"{part};"  # as the tool does
    return Script(sql=part, line=line, pieces=(Piece(sent, line, path),))


_TABLE = OwnTable(
    name="pgmigrations",
    setup=("CREATE TABLE {table} (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)",),
    applied=("INSERT INTO {table} (name, run_on) VALUES (%(key)s, now())",),
    reverted=("DELETE FROM {table} WHERE name = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `pgmigrations`."""
    rows = rows_of(connection, table, ("name", "run_on"), order=("id",))
    return None if rows is None else [Applied(key=name, at=at) for name, at in rows]


FORMAT = Format(
    name="node-pg-migrate",
    tool="node-pg-migrate",
    looks_like=looks_like,
    load=load,
    ways=ways,
    lock=Lock.ADVISORY,  # src/runner.ts, lock
    table=_TABLE,
    reads=read,
    named=lambda folder: of_node_pg_migrate(folder, _TABLE.name),
    out_of_order=OutOfOrder.REFUSED,
    manifests=_PROJECT,
)
