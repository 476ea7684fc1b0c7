"""sql-migrate: every `*.sql`, cut by `-- +migrate Up` and the like and at semicolons that end a line.

Source: github.com/rubenv/sql-migrate, migrate.go, sqlparse/sqlparse.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, OwnTable
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.own_name import of_sql_migrate
from pgassay.migrations.sources.sql_migrate_text import cut
from pgassay.migrations.sources.support import contents, holds_marker, require_any, rows_of, unless_blank
from pgassay.migrations.text import read_text

_NAME = re.compile(r"([0-9]*)[-_]?(.*)\.sql", re.DOTALL)
_MARKER = re.compile(rb"^-- \+migrate [ \t]*Up(?=\s|\Z)", re.MULTILINE)
_HIGHEST = 2**63 - 1  # a version is an int64


def looks_like(folder: Path) -> bool:
    """Tell whether one of the first files has the marker of an up."""
    return holds_marker(folder, _NAME, _MARKER)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder: first those whose names begin with a number, by it, then the others by name.

    Raises:
        MigrationError: The folder holds none, or sql-migrate would refuse a file.
    """
    files = [(match, path) for path in contents(folder) if (match := _NAME.fullmatch(path.name))]
    files.sort(key=lambda file: _order(*file))
    found = [_migration(place, path, match[2]) for place, (match, path) in enumerate(files, 1)]
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is any file called *.sql")


def _order(match: re.Match[str], path: Path) -> tuple[bool, int, str]:
    number = int(match[1] or 0)
    if number > _HIGHEST:
        raise MigrationError(f'"{path}": the number is above {_HIGHEST}', hint="sql-migrate stops there: rename it")
    return not match[1], number, path.name


def _migration(place: int, path: Path, name: str) -> Migration:
    scripts, notes = cut(read_text(path), path)
    return Migration(
        version=place,
        name=name,
        path=path,
        key=path.name,
        up=scripts[Direction.UP],
        down=unless_blank(scripts[Direction.DOWN]),
        notes=tuple(f'"{path}", {note}' for note in notes),
    )


_TABLE = OwnTable(
    name="gorp_migrations",
    setup=("CREATE TABLE {table} (id text NOT NULL PRIMARY KEY, applied_at timestamp with time zone)",),
    applied=("INSERT INTO {table} (id, applied_at) VALUES (%(key)s, now())",),
    reverted=("DELETE FROM {table} WHERE id = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `gorp_migrations`, which has a row for each file, by its whole name."""
    rows = rows_of(connection, table, ("id", "applied_at"))
    return None if rows is None else [Applied(key=name, at=at) for name, at in rows]


FORMAT = Format(
    name="sql-migrate",
    tool="sql-migrate",
    looks_like=looks_like,
    load=load,
    lock=Lock.KEY,  # migrate.go, ExecMax: the key of gorp_migrations
    table=_TABLE,
    reads=read,
    named=lambda folder: of_sql_migrate(folder, _TABLE.name),
    out_of_order=OutOfOrder.APPLIED,
    manifests=(("go.mod", "github.com/rubenv/sql-migrate"), ("dbconfig.yml", "dialect:")),
)
