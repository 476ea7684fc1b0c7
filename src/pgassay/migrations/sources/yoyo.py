"""yoyo: `<id>.sql` and `<id>.rollback.sql`, or `<id>.py` of steps, in the order that `depends` asks for.

Each statement is sent by itself behind a savepoint of its own, in one transaction; or in none. Steps in Python are run
where they are nothing but SQL (`yoyo_python`). A migration's hash in yoyo's table is that of its id.

Source: yoyo-migrations 9.0, yoyo/migrations.py, yoyo/backends/base.py, yoyo/internalmigrations/v2.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import chain, islice
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.own_name import of_yoyo
from pgassay.migrations.sources.support import (
    entries,
    line_counter,
    names_in,
    require_any,
    rows_of,
    twins,
    unless_blank,
)
from pgassay.migrations.sources.yoyo_python import IMPORT, Source, read_python
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_DIRECTIVE = re.compile(r"\s*--\s*(transactional|depends)\s*:\s*(.*)")
_COMMENT_OR_EMPTY = re.compile(r"\s*|\s*--.*")
_ROLLBACK = ".rollback.sql"
_UNFINISHED = "_tmp_yoyonew"  # what `yoyo new` writes while the editor is open
_HOOK = "post-apply"
_ASKED = 3  # files of SQL, and as many of Python: the first of a project depends on nothing
_READ_TO_KNOW = 4_096  # bytes: directives and imports stand at the top


def looks_like(folder: Path) -> bool:
    """Tell whether some file has its rollback beside it, or one of the first has a directive or imports yoyo."""
    names = names_in(folder)
    if any(f"{name.removesuffix(_ROLLBACK)}.sql" in names for name in names if name.endswith(_ROLLBACK)):
        return True
    firsts = (islice((name for name in names if name.endswith(suffix)), _ASKED) for suffix in (".sql", ".py"))
    return any(_speaks(folder / name) for name in chain.from_iterable(firsts))


def _speaks(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            text = file.read(_READ_TO_KNOW).decode(errors="replace")
    except OSError:
        return False
    return bool(IMPORT.search(text) if path.suffix == ".py" else _directives(text)[0])


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder, each as soon as all that it depends on are before it.

    Raises:
        MigrationError: The folder holds none, two files have one id, a file depends on what is not there or on itself,
            says something else than true or false of its transaction, or is Python that is more than SQL.
    """
    files = [path for path in entries(folder) if _counts(path)]
    _refuse_twins(files)
    steps = [path for path in files if not path.name.startswith(_HOOK)]
    hooks = [path for path in files if path.name.startswith(_HOOK)]
    ids = {path.stem for path in files}
    sources = _ordered([_read(path, ids) for path in steps], leave={path.stem for path in hooks})
    found = [_migration(place, source) for place, source in enumerate(sources, 1)]
    found[-1:] = [_with_hooks(last, hooks) for last in found[-1:]]
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file ID.sql; ID.rollback.sql undoes it")


def _counts(path: Path) -> bool:
    is_one = path.suffix in {".py", ".sql"} and not path.name.startswith(_UNFINISHED)
    return is_one and path.is_file() and not path.name.endswith(_ROLLBACK)


def _refuse_twins(files: Iterable[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in files:
        if (other := seen.setdefault(path.stem, path)) is not path:
            raise twins(other, path, f'id "{path.stem}"')


def _read(path: Path, ids: set[str]) -> Source:
    source = read_python(path) if path.suffix == ".py" else _read_sql(path)
    if missing := sorted(source.depends - ids):
        raise MigrationError(
            f'"{path}" depends on "{missing[0]}", and there is no such migration',
            hint="yoyo goes by the file's name without .sql or .py",
        )
    return source


def _read_sql(path: Path) -> Source:
    text, undo = read_text(path), path.with_name(path.stem + _ROLLBACK)
    ups, directives = _statements(text)
    transactional = directives.get("transactional", "true").lower()
    if transactional not in {"true", "false"}:
        raise Place(path).error(
            f'transactional is "{transactional}"', text=text, at=text.find("transactional"), hint="write true or false"
        )
    down = read_text(undo) if undo.is_file() else ""
    return Source(
        path=path,
        text=text,
        down_text=down,
        undo=undo,
        depends=frozenset(directives.get("depends", "").split()),
        transactional=transactional == "true",
        ups=ups,
        downs=_statements(down)[0],
    )


def _statements(text: str) -> tuple[tuple[Piece, ...], Mapping[str, str]]:
    """Cut a file as yoyo does: by sqlparse, and the comments in front of the first statement are no part of it."""
    pieces: list[Piece] = []
    directives: dict[str, str] = {}
    at, line_of = 0, line_counter(text)
    for number, statement in enumerate(_cut(text)):
        begin = at = text.index(statement, at)
        if number == 0:
            directives, skipped = _directives(statement)
            begin += skipped
        at += len(statement)
        if text[begin:at].strip():
            pieces.append(Piece(text[begin:at], line_of(begin)))
    return tuple(pieces), directives


def _cut(text: str) -> list[str]:
    try:
        from sqlparse import split
    except ImportError as error:
        hint = 'yoyo cuts SQL with it: pip install "pgassay[test]"'
        raise MigrationError("sqlparse is not installed", hint=hint) from error
    return list(split(text))


def _directives(text: str) -> tuple[dict[str, str], int]:
    """Return what the comments at the top say, and where they end; what is said twice is taken together."""
    directives: dict[str, str] = {}
    end = 0
    for line in text.splitlines(keepends=True):
        if match := _DIRECTIVE.fullmatch(line.rstrip("\n")):
            directives[match[1]] = " ".join(filter(None, (directives.get(match[1]), match[2])))
        elif not _COMMENT_OR_EMPTY.fullmatch(line.rstrip("\n")):
            break
        end += len(line)
    return directives, end


def _ordered(sources: Sequence[Source], *, leave: set[str]) -> list[Source]:
    """Put each behind those that it depends on, and otherwise by name."""
    left, ordered, done = list(sources), [], set(leave)
    while left:
        ready = next((source for source in left if source.depends <= done), None)
        if ready is None:
            raise MigrationError(
                f"these migrations depend on each other in a circle: {', '.join(source.path.stem for source in left)}",
                hint="take one of their `depends` out",
            )
        left.remove(ready)
        ordered.append(ready)
        done.add(ready.path.stem)
    return ordered


def _migration(place: int, source: Source) -> Migration:
    return Migration(
        version=place,
        name=source.path.stem,
        path=source.path,
        key=hashlib.sha256(source.path.stem.encode()).hexdigest(),
        up=_script(source, source.text, source.ups),
        down=unless_blank(_script(source, source.down_text, source.downs, source.undo)) if source.downs else None,
    )


def _script(source: Source, text: str, pieces: Sequence[Piece], path: Path | None = None) -> Script:
    if source.transactional:
        pieces = [part for number, piece in enumerate(pieces, 1) for part in (_savepoint(number, piece.line), piece)]
    return Script(sql=text, transaction=source.transactional, pieces=tuple(pieces), path=path)


def _savepoint(number: int, line: int) -> Piece:
    return Piece(f'SAVEPOINT "sp_{number}"', line)


def _with_hooks(last: Migration, hooks: Sequence[Path]) -> Migration:
    """Say what yoyo runs after each time that it applies something, and the walk does not."""
    notes = (f"not run: {path.name}, which yoyo runs whenever it has applied something" for path in hooks)
    return replace(last, notes=tuple(notes))


_TABLE = OwnTable(
    name="_yoyo_migration",
    siblings=("_yoyo_log", "_yoyo_version", "yoyo_lock"),
    setup=(
        "CREATE TABLE {yoyo_lock} (locked INT DEFAULT 1, ctime TIMESTAMP, pid INT NOT NULL, PRIMARY KEY (locked))",
        """CREATE TABLE {_yoyo_log} (id VARCHAR(36), migration_hash VARCHAR(64), migration_id VARCHAR(255),
        operation VARCHAR(10), username VARCHAR(255), hostname VARCHAR(255), comment VARCHAR(255),
        created_at_utc TIMESTAMP, PRIMARY KEY (id))""",
        "CREATE TABLE {_yoyo_version} (version INT NOT NULL PRIMARY KEY, installed_at_utc TIMESTAMP)",
        "INSERT INTO {_yoyo_version} VALUES (2, now() AT TIME ZONE 'UTC')",
        """CREATE TABLE {table} (migration_hash VARCHAR(64), migration_id VARCHAR(255), applied_at_utc TIMESTAMP,
        PRIMARY KEY (migration_hash))""",
    ),
    applied=("INSERT INTO {table} VALUES (%(key)s, %(name)s, now() AT TIME ZONE 'UTC')",),
    reverted=("DELETE FROM {table} WHERE migration_hash = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `_yoyo_migration`: a row for each migration that is applied, with the time in UTC."""
    rows = rows_of(connection, table, ("migration_hash", "migration_id", "applied_at_utc"))
    if rows is None:
        return None
    return [Applied(key=key, name=name, at=None if at is None else at.replace(tzinfo=UTC)) for key, name, at in rows]


FORMAT = Format(
    name="yoyo",
    tool="yoyo",
    looks_like=looks_like,
    load=load,
    lock=Lock.TABLE,  # yoyo/backends/base.py: yoyo_lock
    table=_TABLE,
    reads=read,
    named=of_yoyo,
    manifests=(("yoyo.ini", "[DEFAULT]"),),
)
