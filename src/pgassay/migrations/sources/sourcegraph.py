"""sourcegraph's migrator: `<version>[_name]/` with up.sql, down.sql and metadata.yaml, each file sent in one query.

Source: github.com/sourcegraph/sourcegraph-public-snapshot, internal/database/migration: definition/read.go,
runner/run.go and store/store.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.plain_yaml import Value, read_mapping
from pgassay.migrations.sources.sourcegraph_graph import ordered
from pgassay.migrations.sources.support import contents, does_nothing, names_in, require_any, rows_of, twins
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_VERSION = re.compile(r"([+-]?[0-9]+)(?:_.*)?", re.DOTALL)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_BOOLEANS = dict.fromkeys(("y", "yes", "on", "true"), True) | dict.fromkeys(("n", "no", "off", "false", ""), False)
_FRONTMATTER = "-- +++\n"  # metadata as they stood in the files themselves for some time
_INDEX = r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?[A-Za-z0-9_]+\s+ON\s+[A-Za-z0-9_]+"
_CONCURRENTLY, _WHOLE_CONCURRENTLY = re.compile(_INDEX), re.compile(rf"{_INDEX}[^;]+;")
_EXTENSION = re.compile(r"(?:CREATE|COMMENT ON|DROP)\s+EXTENSION")


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a folder's name and its metadata say."""

    version: int
    path: Path
    name: str
    parents: tuple[int, ...]
    concurrently: bool
    privileged: bool


def looks_like(folder: Path) -> bool:
    """Tell whether some folder in it is called by a number and has an up.sql and a metadata.yaml."""
    numbered = (names_in(folder / name) for name in names_in(folder) if _VERSION.fullmatch(name))
    return any("up.sql" in names and "metadata.yaml" in names for names in numbered)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder, parents before children; what does not begin with a number is not looked at.

    Raises:
        MigrationError: The folder holds none, a file is missing or cannot be understood, two have one version, the
            graph is none that has an order, or a statement is not where the metadata allow it.
    """
    found: dict[int, _Definition] = {}
    for path in contents(folder):
        if match := _VERSION.fullmatch(path.name):
            definition = _definition(int(match[1]), path)
            if (other := found.setdefault(definition.version, definition)) is not definition:
                raise twins(other.path, path, f"version {definition.version}")
    order = ordered({version: definition.parents for version, definition in found.items()}) if found else ()
    loaded = [_migration(place, found[version]) for place, version in enumerate(order, 1)]
    hint = "a migration is a folder VERSION_name with up.sql, down.sql and metadata.yaml"
    return require_any(loaded, folder, tool=FORMAT.tool, hint=hint)


def _definition(version: int, path: Path) -> _Definition:
    file = path / "metadata.yaml"
    said = read_mapping(read_text(file), Place(file))
    parent = said.get("parent") or "0"
    return _Definition(
        version=version,
        path=path,
        name=str(said.get("name", "")),
        parents=(*_integers(said.get("parents") or (), file), *filter(None, _integers((parent,), file))),
        concurrently=_boolean(said.get("createIndexConcurrently", ""), file),
        privileged=_boolean(said.get("privileged", ""), file),
    )


def _integers(written: str | Sequence[Value], file: Path) -> Iterator[int]:
    for number in (written,) if isinstance(written, str) else written:
        if isinstance(written, str) or not isinstance(number, str) or not _INTEGER.fullmatch(number):
            raise MigrationError(f'"{file}": "{number}" is no list of versions', hint="write parents: [1, 2]")
        yield int(number)


def _boolean(written: Value, file: Path) -> bool:
    if not isinstance(written, str) or written.lower() not in _BOOLEANS:
        raise MigrationError(f'"{file}": "{written}" is neither true nor false')
    return _BOOLEANS[written.lower()]


def _migration(place: int, definition: _Definition) -> Migration:
    up, down = _script("up.sql", definition), _script("down.sql", definition)
    _refuse_misplaced(definition, up.sql, down.sql)
    return Migration(
        version=place,
        name=definition.name,
        path=definition.path / "up.sql",
        title=definition.path.name,
        key=str(definition.version),
        parents=tuple(map(str, definition.parents)),
        up=up,
        down=None if does_nothing(down.sql) else down,
    )


def _script(name: str, definition: _Definition) -> Script:
    """Read a file as the tool does: without what once stood around the statements, and without blanks."""
    path = definition.path / name
    text = read_text(path)
    body = text.split(_FRONTMATTER, 2)[-1] if text.count(_FRONTMATTER) > 1 else text
    body = body.strip().removeprefix("BEGIN;").removesuffix("COMMIT;").strip()
    line = 1 + text.count("\n", 0, text.rindex(body))
    return Script(
        sql=body,
        line=line,
        transaction=not definition.concurrently,
        superuser=definition.privileged,
        pieces=(Piece(body, line, path),),
    )


def _refuse_misplaced(definition: _Definition, up: str, down: str) -> None:
    """Refuse what the tool refuses, which looks for words, in capitals, and in comments too."""
    metadata, here = definition.path / "metadata.yaml", _CONCURRENTLY.search(up) is not None
    if _CONCURRENTLY.search(down):
        problem, hint = "down.sql builds an index concurrently", "leave CONCURRENTLY out there"
    elif here and not definition.concurrently:
        problem, hint = "up.sql builds an index concurrently", f'write createIndexConcurrently: true in "{metadata}"'
    elif definition.concurrently and not here:
        problem, hint = "up.sql builds no index concurrently", f'take createIndexConcurrently out of "{metadata}"'
    elif here and _statements(_WHOLE_CONCURRENTLY.sub("", up, count=1)):
        problem, hint = "up.sql does more than to build an index concurrently", "give the rest a folder of its own"
    elif not definition.privileged and (_EXTENSION.search(up) or _EXTENSION.search(down)):
        problem, hint = "an extension is made, commented on or dropped", f'write privileged: true in "{metadata}"'
    else:
        return
    raise MigrationError(f'"{definition.path}": {problem}, which sourcegraph refuses', hint=hint)


def _statements(text: str) -> str:
    """Return what is left without comments, as the tool tells them."""
    return "".join(line.partition("--")[0].strip() for line in text.split("\n"))


_LOG: tuple[LiteralString, LiteralString] = (
    """INSERT INTO {table} (migration_logs_schema_version, schema, version, up, started_at, finished_at, success)
    VALUES (2, 'frontend', %(key)s, """,
    ", now(), now(), true)",
)
_TABLE = OwnTable(
    name="migration_logs",
    setup=(
        """CREATE TABLE {table} (id SERIAL PRIMARY KEY, migration_logs_schema_version integer NOT NULL,
        schema text NOT NULL, version integer NOT NULL, up boolean NOT NULL, started_at timestamptz NOT NULL,
        finished_at timestamptz, success boolean, error_message text, backfilled boolean NOT NULL DEFAULT FALSE)""",
    ),
    applied=(_LOG[0] + "true" + _LOG[1],),
    reverted=(_LOG[0] + "false" + _LOG[1],),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `migration_logs`, of which the last entry of each version counts.

    Raises:
        MigrationError: The log is of several schemas, and nothing tells which of them the files are of.
    """
    columns = ("schema", "version", "up", "success", "finished_at", "backfilled", "started_at")
    rows = rows_of(connection, table, columns, order=("started_at", "id"))
    if rows is None:
        return None
    if len(schemas := sorted({row[0] for row in rows})) > 1:
        raise MigrationError(
            f"migration_logs is of several schemas: {', '.join(schemas)}",
            hint="which of them the files are of is not written down: give each a database of its own",
        )
    # Failed reverts do not count, and an entry that was made up later only where there is no other.
    told = [row for row in rows if row[2] or row[3] or row[4] is None]
    last = {row[1]: row for row in sorted(told, key=lambda row: not row[5])}
    return [applied for row in last.values() if (applied := _applied(row)) is not None]


def _applied(row: tuple[Any, ...]) -> Applied | None:
    _, version, up, success, finished, _, _ = row
    if success is None:
        return Applied(key=str(version), problem="begun, and not finished")
    if not success:
        return Applied(key=str(version), at=finished, problem="failed")
    return Applied(key=str(version), at=finished) if up else None


FORMAT = Format(
    name="sourcegraph",
    tool="sourcegraph",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # internal/database/migration/store/store.go, TryLock
    table=_TABLE,
    reads=read,
)
