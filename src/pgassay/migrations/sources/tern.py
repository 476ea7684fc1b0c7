"""tern: `<number>_<title>.sql`, counted from 1, with what goes down below a separator line.

Source: github.com/jackc/tern v2, migrate/migrate.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.own_name import of_tern
from pgassay.migrations.sources.support import (
    entries,
    holds_marker,
    names_in,
    require_any,
    rows_of,
    twins,
    unless_blank,
)
from pgassay.migrations.sources.tern_split import split
from pgassay.migrations.sources.tern_template import Templates
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_NAME = re.compile(r"([0-9]+)_(.+)\.sql")
_SEPARATOR = "---- create above / drop below ----"
_MARKER = re.compile(re.escape(_SEPARATOR.encode()))
_NO_TRANSACTION = re.compile(r"^---- tern: disable-tx ----$", re.MULTILINE)
_CONFIGURATION = "tern.conf"

_Half = tuple[str, int]  # what is run, and the line on which it begins
_Halves = tuple[_Half, _Half | None]  # up, and down where there is a separator


def looks_like(folder: Path) -> bool:
    """Tell whether one of the first files has tern's separator, or tern's configuration lies beside them."""
    names = names_in(folder)
    return holds_marker(folder, _NAME, _MARKER) or (_CONFIGURATION in names and any(map(_NAME.fullmatch, names)))


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; sub-folders hold what their templates include.

    Raises:
        MigrationError: The folder holds none, the numbers are not 1, 2, 3 and so on, a file has nothing to run, or its
            template cannot be filled in.
    """
    files: dict[int, tuple[Path, str]] = {}
    for path in entries(folder):
        match = _NAME.fullmatch(path.name)
        if match is None or path.is_dir():
            continue
        number = int(match[1])
        if number in files:
            raise twins(files[number][0], path, f"number {number}")
        files[number] = path, match[2]
    for place, number in enumerate(sorted(files), 1):
        if place != number:
            raise _gap(place, files[number][0])
    templates = Templates(folder, placeholders)
    halves = {number: _halves(path, templates) for number, (path, _) in sorted(files.items())}
    templates.missing.refuse()
    found = [_migration(number, *files[number], halves[number]) for number in halves]
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file NNN_title.sql")


def _gap(expected: int, path: Path) -> MigrationError:
    return MigrationError(
        f'"{path}" stands where migration {expected} should', hint="tern counts from 1, and no number may be missing"
    )


def _halves(path: Path, templates: Templates) -> _Halves:
    text = read_text(path)
    above, separator, _ = text.partition(_SEPARATOR)
    up = _half(text, 0, len(above), path, templates)
    return up, _half(text, len(above) + len(separator), len(text), path, templates) if separator else None


def _migration(number: int, path: Path, name: str, halves: _Halves) -> Migration:
    up, down = halves
    if all(not line.strip() or line.strip().startswith("--") for line in up[0].split("\n")):
        raise Place(path).error("nothing goes up in this file", text="", at=0, hint="tern refuses such a file")
    return Migration(
        version=number,
        name=name,
        path=path,
        key=str(number),
        up=_script(*up),
        down=unless_blank(_script(*down)) if down else None,
        irreversible=None if down else f"it has no line {_SEPARATOR}",
    )


def _half(text: str, begin: int, end: int, path: Path, templates: Templates) -> _Half:
    """Return a half as it is run, and the line on which it begins."""
    half = text[begin:end].lstrip()
    line = text.count("\n", 0, end - len(half)) + 1
    return templates.fill(half.rstrip(), Place(path, line)), line


def _script(sql: str, line: int) -> Script:
    """Make the script of a half, which is one query where it runs in a transaction."""
    if _NO_TRANSACTION.search(sql) is None:
        return Script(sql=sql, line=line, pieces=(Piece(sql, line),))
    return Script(sql=sql, line=line, transaction=False, pieces=split(sql, line))


_TABLE = OwnTable(
    name="schema_version",
    setup=("CREATE TABLE {table} (version int4 NOT NULL PRIMARY KEY)", "INSERT INTO {table} (version) VALUES (0)"),
    applied=("UPDATE {table} SET version = %(key)s",),
    reverted=("UPDATE {table} SET version = coalesce(%(below)s::int4, 0)",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `schema_version`, which has one row: the number that the database is at; 0 stands for none."""
    rows = rows_of(connection, table, ("version",))
    return None if rows is None else [Applied(key=str(version)) for (version,) in rows if version]


FORMAT = Format(
    name="tern",
    tool="tern",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # migrate/migrate.go, acquireAdvisoryLock
    table=_TABLE,
    reads=read,
    named=of_tern,
    newest_only=True,
    out_of_order=OutOfOrder.IGNORED,
    manifests=((_CONFIGURATION, "[database]"), ("go.mod", "github.com/jackc/tern")),
)
