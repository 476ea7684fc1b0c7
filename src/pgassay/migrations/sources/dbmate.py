"""dbmate: `<version>*.sql`, cut by `-- migrate:up` and `-- migrate:down`, each part sent in one query.

Source: github.com/amacneil/dbmate, pkg/dbmate/db.go, pkg/dbmate/migration.go, pkg/driver/postgres/postgres.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Piece, Script, Way, way_of
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.support import entries, holds_marker, require_any, rows_of, twins, unless_blank
from pgassay.migrations.text import read_sql, read_text
from pgassay.migrations.tokens import Place

_NAME = re.compile(r"([0-9]+)(.*)\.sql")
_LIKELY_NAME = re.compile(r"[0-9]++(?!-).*\.sql")  # with a dash it is one of ours
_LIKELY_MARKER = re.compile(rb"^--[\t\n\f\r ]*migrate:up", re.MULTILINE)
# A blank is what it is to Go's regular expressions: a marker may stand on the line after its dashes.
_BLANK = r"[\t\n\f\r ]"
_UP, _DOWN = (
    re.compile(rf"^--{_BLANK}*migrate:{direction}(?:{_BLANK}*$|{_BLANK}+[^\t\n\f\r ]+)", re.MULTILINE)
    for direction in ("up", "down")
)
_DIRECTIVE = re.compile(rf"--{_BLANK}*migrate:(?:up|down)")
_DUMP = "schema.sql"
_VERSIONS, _VERSION = "-- Dbmate schema migrations", re.compile(r"\('([0-9]+)'\)")
_HINT = "write -- migrate:up above what goes up, and -- migrate:down above what goes down, at the beginning of a line"


def looks_like(folder: Path) -> bool:
    """Tell whether one of the first files has the marker of an up."""
    return holds_marker(folder, _LIKELY_NAME, _LIKELY_MARKER)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder by the names of their files; other files are not looked at, as the tool does.

    Raises:
        MigrationError: The folder holds none, two files have one version, or a file has not one up and one down.
    """
    files: dict[str, tuple[Path, str]] = {}
    for path in entries(folder):
        match = _NAME.fullmatch(path.name)
        if match is None or path.is_dir():
            continue
        if match[1] in files:
            raise twins(files[match[1]][0], path, f"version {match[1]}")
        files[match[1]] = path, match[2].removeprefix("_")
    found = [_migration(place, version, *files[version]) for place, version in enumerate(files, 1)]
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file VERSION_name.sql")


def _migration(place: int, version: str, path: Path, name: str) -> Migration:
    text, begin, middle = _halves(path)
    return Migration(
        version=place,
        name=name,
        path=path,
        key=version,
        up=_script(text, begin, middle),
        down=unless_blank(_script(text, middle, len(text))),
    )


def _halves(path: Path) -> tuple[str, int, int]:
    """Return a file's text, and where its up and its down begin.

    dbmate reads on behind a second up and then fails: it writes the version down once for each pair, and its table
    has it once.
    """
    text, place = read_text(path), Place(path)
    ups, downs = list(_UP.finditer(text)), list(_DOWN.finditer(text))
    if not ups:
        raise place.error("no -- migrate:up is in this file", text=text, at=0, hint=_HINT)
    up = ups[0].start()
    if (early := _first_statement(text[:up])) is not None:
        raise place.error("text other than comments stands before -- migrate:up", text=text, at=early, hint=_HINT)
    downs = [down for down in downs if down.start() > up]
    if not downs:
        raise place.error("no -- migrate:down follows the up", text=text, at=up, hint=f"{_HINT}; it may be empty")
    for extra in sorted((*ups[1:], *downs[1:]), key=re.Match.start):
        raise place.error("a second pair: dbmate fails on it", text=text, at=extra.start(), hint="one file is one step")
    return text, up, downs[0].start()


def _first_statement(text: str) -> int | None:
    """Return where the first line begins that is neither blank nor a comment of two dashes."""
    at = 0
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("--"):
            return at
        at += len(line) + 1
    return None


def _script(text: str, begin: int, end: int) -> Script:
    """Make the script of a part: dbmate sends its marker along."""
    sql, line = text[begin:end], text.count("\n", 0, begin) + 1
    return Script(sql=sql, line=line, transaction=_transaction(sql), pieces=(Piece(sql, line),), strict=True)


def _transaction(sql: str) -> bool:
    """Read the options behind a marker, of which the last one counts; what is malformed is passed over."""
    written = _DIRECTIVE.sub("", sql.split("\n", 1)[0]).split()
    options = dict(pair.split(":") for pair in written if pair.count(":") == 1)
    return options.get("transaction") != "false"


def ways(folder: Path, placeholders: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the way from `schema.sql` beside the folder, where dbmate dumps the schema, with the versions it holds.

    Raises:
        MigrationError: As `load`; or the file holds what no server would take.
    """
    path = folder.absolute().parent / _DUMP
    text = read_text(path) if path.is_file() else ""
    versions = set(_VERSION.findall(text.partition(_VERSIONS)[2]))
    if not versions:
        return ()
    sql = read_sql(path, restrict=True)
    start = Migration(version=1, name=_DUMP, path=path, up=Script(sql=sql), title=f"dump {_DUMP}")
    behind = (migration for migration in load(folder, placeholders) if migration.key not in versions)
    return (way_of(_DUMP, [start, *behind]),)


_TABLE = OwnTable(
    name="schema_migrations",
    setup=("CREATE TABLE {table} (version varchar PRIMARY KEY)",),
    applied=("INSERT INTO {table} (version) VALUES (%(key)s)",),
    reverted=("DELETE FROM {table} WHERE version = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `schema_migrations`, which has a row for each version."""
    rows = rows_of(connection, table, ("version",))
    return None if rows is None else [Applied(key=str(version)) for (version,) in rows]


FORMAT = Format(
    name="dbmate",
    tool="dbmate",
    looks_like=looks_like,
    load=load,
    ways=ways,
    lock=Lock.KEY,  # pkg/dbmate/db.go, Migrate: within doTransaction
    table=_TABLE,
    reads=read,
    out_of_order=OutOfOrder.APPLIED,
)
