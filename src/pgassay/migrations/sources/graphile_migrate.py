"""graphile-migrate: `committed/<number>[-message].sql`, a chain of hashes; there is no way down.

What is in current.sql or current/ is being written, and is run again with each change: it is no step yet.

Source: github.com/graphile/migrate, src/migration.ts, src/migrationFilename.ts, src/header.ts and src/hash.ts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.foreign import run_pieces
from pgassay.migrations.model import Migration, OwnTable, Piece, Run, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.graphile_settings import settings_above
from pgassay.migrations.sources.support import contents, does_nothing, names_in, require_any, rows_of, twins, unset
from pgassay.migrations.text import read_exact
from pgassay.migrations.tokens import Place

_NAME = re.compile(r"([0-9]+)(?:-([-_a-zA-Z0-9]*))?\.sql")
_HEADER = re.compile(r"--! ([A-Z][a-zA-Z0-9_]*)(?::(.*))?")
_NO_TRANSACTION = re.compile(r"--!\s*no-transaction\b")
_OF_THE_DATABASE = frozenset({"DATABASE_NAME", "DATABASE_OWNER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A committed file: its name, its headers, and the SQL behind them."""

    path: Path
    number: str
    message: str
    headers: Mapping[str, str]
    body: str
    line: int

    @property
    def previous(self) -> str | None:
        return None if self.headers["Previous"] == "-" else self.headers["Previous"]


def looks_like(folder: Path) -> bool:
    """Tell whether the first file that is called like a committed one begins with its header."""
    committed = _committed(folder)
    named = [name for name in names_in(committed) if _NAME.fullmatch(name)]
    try:
        return bool(named) and (committed / named[0]).read_bytes().startswith(b"--! Previous:")
    except OSError:
        return False


def _committed(folder: Path) -> Path:
    """Return where the committed files lie: the folder may be the tool's, or that one itself."""
    inner = folder / "committed"
    return inner if inner.is_dir() else folder


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the committed migrations, in the order of their numbers as text.

    Raises:
        MigrationError: There is none, a header is missing, a hash or the chain of them is broken, or a placeholder has
            no value.
    """
    settings = settings_above(folder)
    committed = _committed(folder)
    named = [(match, path) for path in contents(committed) if (match := _NAME.fullmatch(path.name))]
    files = [_read(path, match) for match, path in sorted(named, key=lambda pair: f"{pair[0][1]}.sql")]
    _refuse_broken_chain(files)
    values = {**settings.placeholders, **placeholders}
    _refuse_unset(files, values)
    found = [_migration(place, file, settings.session, values) for place, file in enumerate(files, 1)]
    if found:
        found[0] = replace(found[0], notes=settings.notes)
        found[-1] = replace(found[-1], notes=(*found[-1].notes, *_current(committed.parent)))
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file committed/NNN.sql; commit one")


def _read(path: Path, match: re.Match[str]) -> _File:
    lines = read_exact(path).split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            break
        if header[1] in headers:
            raise _refused(path, f"the header {header[1]} is there twice", "take one of the two out")
        headers[header[1]] = (header[2] or "").strip()
    _refuse_headers(path, headers, lines[len(headers)] if len(headers) < len(lines) else "")
    rest = "\n".join(lines[len(headers) :])
    skipped = len(rest) - len(rest.lstrip())
    return _File(
        path=path,
        number=match[1],
        message=match[2] or "",
        headers=headers,
        body=f"{rest.strip()}\n",
        line=1 + len(headers) + rest.count("\n", 0, skipped),
    )


def _refuse_headers(path: Path, headers: Mapping[str, str], behind: str) -> None:
    if behind == "\r":
        raise _refused(path, "the lines end in CRLF, which breaks the hash", "keep git from it: *.sql -text")
    if behind:
        raise _refused(path, "no blank line behind the headers", "commit migrations with `graphile-migrate commit`")
    for name in ("Previous", "Hash"):
        if not headers.get(name):
            raise _refused(path, f"no header {name}", "commit migrations with `graphile-migrate commit`")


def _refuse_broken_chain(files: Sequence[_File]) -> None:
    """As the tool does: each names the hash of the one before it, and its own is that of its text."""
    for before, file in zip((None, *files), files, strict=False):
        if before is not None and before.number == file.number:
            raise twins(before.path, file.path, f"number {file.number}")
        expected = None if before is None else before.headers["Hash"]
        if file.previous != expected:
            told = f"follows {file.previous or 'nothing'}, and what lies before it is {expected or 'nothing'}"
            raise _refused(file.path, told, "see which branch it comes from; uncommit it, and commit it anew")
        _refuse_hash(file)


def _refuse_hash(file: _File) -> None:
    text = f"{file.previous or ''}\n{file.body.strip()}".strip() + "\n"
    computed = f"sha1:{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}"
    matches, may_differ = computed == file.headers["Hash"], "AllowInvalidHash" in file.headers
    if not matches and not may_differ:
        raise _refused(file.path, f"its text has the hash {computed}, not the one in its header", "put it back")
    if matches and may_differ:
        raise _refused(file.path, "it allows an invalid hash, and its hash is valid", "take AllowInvalidHash out")


def _refused(path: Path, problem: str, hint: str) -> MigrationError:
    return MigrationError(f'"{path}": {problem}', hint=f"graphile-migrate does not take it: {hint}")


def _migration(place: int, file: _File, session: Mapping[str, str], values: Mapping[str, str | None]) -> Migration:
    text, later = _substituted(file, values)
    script = Script(
        sql=text,
        line=file.line,
        transaction=_NO_TRANSACTION.match(text.split("\n", 1)[0]) is None,
        pieces=(Piece(text, file.line),),
    )
    if later or session:
        script = replace(script, run=_in_session(script, later, session, file.path))
    return Migration(
        version=place,
        name=file.message,
        path=file.path,
        key=f"{file.number}.sql",
        up=script,
        irreversible="graphile-migrate has no way down",
        checksum=file.headers["Hash"],
    )


def _refuse_unset(files: Sequence[_File], values: Mapping[str, str | None]) -> None:
    used = {name for file in files for name in _used(file, values)}
    missing = {name for name in used if values.get(name) is None} - _OF_THE_DATABASE
    if missing:
        first = next(file for file in files if missing & _used(file, values))
        at = min(first.body.index(f":{name}") for name in missing & _used(first, values))
        raise unset(missing, Place(first.path, first.line), text=first.body, at=at)


def _used(file: _File, values: Mapping[str, str | None]) -> frozenset[str]:
    return frozenset(match[1] for match in _pattern({*values, *_OF_THE_DATABASE}).finditer(file.body))


def _substituted(file: _File, values: Mapping[str, str | None]) -> tuple[str, frozenset[str]]:
    """Put values in for `:NAME`, and return what only a session knows: the database, and who owns it."""
    used = _used(file, values)
    known = {name: value for name in used if (value := values.get(name)) is not None}
    return _replaced(file.body, known), used - known.keys()


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f":({'|'.join(map(re.escape, sorted(names)))})\\b", re.ASCII)


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return _pattern(values).sub(lambda match: values[match[1]], text) if values else text


def _in_session(script: Script, names: frozenset[str], settings: Mapping[str, str], path: Path) -> Run:
    """Return how a script runs with settings, and with the names of the database and of who runs it put in."""

    def run(connection: Connection) -> None:
        for setting, value in settings.items():
            connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [setting, value])
        row = connection.execute("SELECT pg_catalog.current_database(), current_user").fetchone()
        assert row is not None
        values = {n: v for n, v in zip(("DATABASE_NAME", "DATABASE_OWNER"), row, strict=True) if n in names}
        pieces = tuple(Piece(_replaced(piece.sql, values), piece.line) for piece in script.pieces or ())
        run_pieces(connection, replace(script, pieces=pieces), path=path)

    return run


def _current(folder: Path) -> list[str]:
    """Say that what is being written is not run."""
    files = [folder / "current.sql", *(folder / "current" / name for name in names_in(folder / "current"))]
    written = [path for path in files if path.suffix == ".sql" and path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in written}
    return [f"{name} is not committed, and not run" for name, text in texts.items() if not does_nothing(text)]


_TABLE = OwnTable(
    name="migrations",
    schema="graphile_migrate",
    siblings=("current",),
    setup=(
        """CREATE TABLE {table} (hash text PRIMARY KEY, previous_hash text REFERENCES {table}, filename text NOT NULL,
        date timestamptz NOT NULL DEFAULT now())""",
        """CREATE TABLE {current} (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL,
        date timestamptz NOT NULL DEFAULT now())""",
    ),
    applied=(
        """INSERT INTO {table} (hash, previous_hash, filename)
        VALUES (%(checksum)s, (SELECT hash FROM {table} ORDER BY filename DESC LIMIT 1), %(key)s)""",
    ),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `graphile_migrate.migrations`."""
    rows = rows_of(connection, table, ("filename", "hash", "date"))
    return None if rows is None else [Applied(key=name, checksum=digest, at=at) for name, digest, at in rows]


FORMAT = Format(
    name="graphile-migrate",
    tool="graphile-migrate",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # src/pg.ts, withAdvisoryLock
    table=_TABLE,
    schemas=("graphile_migrate",),
    reads=read,
    out_of_order=OutOfOrder.IGNORED,
)
