"""Liquibase's changelogs in SQL, one file or a folder of them: each changeset is a migration, with its `--rollback`.

The files of a folder come by name, as with includeAll; where a changelog in XML, YAML or JSON includes them in another
order, it is named instead of the folder. Changesets for other databases and ignored ones are left out; contexts and
labels are not looked at, and said.

Source: github.com/liquibase/liquibase 5, liquibase-standard: ChangeSet, AbstractSQLChange, CheckSum, ExecType.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.liquibase_changelog import HEADER, read_changelog
from pgassay.migrations.sources.liquibase_changeset import Changeset, Text, read_plain
from pgassay.migrations.sources.liquibase_conditions import guarded
from pgassay.migrations.sources.liquibase_cut import cut
from pgassay.migrations.sources.liquibase_master import included, is_master
from pgassay.migrations.sources.liquibase_options import said
from pgassay.migrations.sources.own_name import of_liquibase
from pgassay.migrations.sources.support import entries, files_in, names_in, require_any, rows_of, unless_blank
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_ASKED = 3  # files, before it is said that none is a changelog
_READ_TO_KNOW = 1_024  # bytes
_VERSION = "9:"  # of the checksums since Liquibase 4.22
_NOTHING_NEEDED = re.compile(r"(?:not required|empty).*", re.IGNORECASE)
_WHITE = str.maketrans("", "", " \t\r\n")


def looks_like(folder: Path) -> bool:
    """Tell whether it is a changelog, or includes some, or one of the first files of SQL in it is one."""
    if is_master(folder):
        return True
    names = [name for name in names_in(folder) if name.lower().endswith(".sql")]
    files = [folder / name for name in names] or [folder]
    return any(_is_changelog(path) for path in files[:_ASKED])


def _is_changelog(path: Path) -> bool:
    """Tell whether the first line that is not blank says so."""
    try:
        with path.open("rb") as file:
            text = file.read(_READ_TO_KNOW).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    return HEADER.fullmatch(next((line for line in text.splitlines() if line.strip()), "")) is not None


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the changesets of a file, or of the files of a folder and of those in it.

    Raises:
        MigrationError: There is none, two have one author and id in one file, one has no SQL, or a line is almost one
            of Liquibase's.
    """
    properties = {name.lower(): value for name, value in placeholders.items()}
    files = _files(folder, properties)
    changesets = [one for path in files if path.suffix.lower() == ".sql" for one in _read(path, folder, properties)]
    _refuse_twins(changesets)
    ours = [one for one in changesets if one.options.is_ours and not one.options.ignored]
    found = [_migration(number, one, changesets, folder) for number, one in enumerate(ours, 1)]
    hint = "a changelog begins with --liquibase formatted sql, and a changeset with --changeset author:id"
    return require_any(
        _with_notes(found, ours, [*_unread(files), *_left_out(changesets)]), folder, tool=FORMAT.tool, hint=hint
    )


def _files(folder: Path, properties: dict[str, str]) -> list[Path]:
    if folder.is_file():
        return list(included(folder, properties)) if is_master(folder) else [folder]
    entries(folder)  # an error where it cannot be read
    return sorted(files_in(folder), key=lambda path: path.relative_to(folder).as_posix())


def _name(path: Path, folder: Path) -> str:
    root = folder if folder.is_dir() else folder.parent
    return Path(os.path.relpath(path, root)).as_posix()


def _read(path: Path, folder: Path, properties: dict[str, str]) -> list[Changeset]:
    """Read a changelog; a file of SQL that says nothing of Liquibase is one changeset, sent whole."""
    text, name = read_text(path, encoding="utf-8-sig"), _name(path, folder)
    return read_changelog(path, name, text, properties) if _is_changelog(path) else [read_plain(path, name, text)]


def _refuse_twins(changesets: Iterable[Changeset]) -> None:
    seen: dict[tuple[str, str, str], Changeset] = {}
    for one in changesets:
        if (other := seen.setdefault(one.identity, one)) is not one:
            raise MigrationError(
                f'"{one.path}", line {one.number}: the changeset {one.author}:{one.id} is there twice, '
                f'first in "{other.path}", line {other.number}',
                hint="give one of them another id",
            )


def _migration(number: int, one: Changeset, changesets: Sequence[Changeset], folder: Path) -> Migration:
    undo, reason = _rollback(one, changesets)
    return Migration(
        version=number,
        name=one.id,
        path=one.path,
        title=f"{_name(one.path, folder)}::{one.id}::{one.author}",
        key=_key(one.file, one.id, one.author),
        up=_up(one),
        down=undo,
        irreversible=reason,
        checksum=None if one.checksums else _checksum(one.up.sql),
        repeatable=one.options.repeatable,
        notes=(*one.options.notes, *(f"asked first: {condition}" for condition in one.conditions)),
    )


def _key(file: str, name: str, author: str) -> str:
    """Return what tells a changeset from all others; where Liquibase was started decides on the folders of its file."""
    return f"{PurePosixPath(file).name}::{name}::{author}"


def _up(one: Changeset) -> Script:
    script = _forward(one)
    return replace(script, run=guarded(one, script))


def _forward(one: Changeset) -> Script:
    options = one.options
    return _script(one, one.up, comments=options.comments, split=options.split, delimiter=options.delimiter)


def _rollback(one: Changeset, changesets: Sequence[Changeset]) -> tuple[Script | None, str | None]:
    """Return what undoes a changeset, or the reason why nothing does."""
    text, options = one.rollback.sql.strip(), one.options
    if _NOTHING_NEEDED.fullmatch(text):
        return None, f"the changeset says --rollback {text}"
    if "changesetid" in text.lower():
        return _forward(_named(one, text.replace("\n", ""), changesets)), None
    script = _script(
        one, one.rollback, comments=True, split=options.rollback_split, delimiter=options.rollback_delimiter
    )
    return unless_blank(script) if script.pieces else None, None


def _named(one: Changeset, text: str, changesets: Iterable[Changeset]) -> Changeset:
    """Return the changeset whose SQL is to be run again."""
    name, author = said(text, "changeSetId", r"\S+"), said(text, "changesetAuthor", r"\S+")
    file = PurePosixPath(said(text, "changesetPath", r"\S+") or one.file).name
    found = next((o for o in changesets if (o.id, o.author, PurePosixPath(o.file).name) == (name, author, file)), None)
    if found is None:
        raise Place(one.path, one.number).error(
            f"the rollback asks for the changeset {author}:{name} of {file}, and there is none", text="", at=0
        )
    return found


def _script(one: Changeset, text: Text, *, comments: bool, split: bool, delimiter: str | None) -> Script:
    try:
        statements = cut(text.sql, comments=comments, split=split, delimiter=delimiter)
    except re.error as error:
        raise Place(one.path, one.number).error(
            f'the delimiter "{delimiter}" is no regular expression: {error}', text="", at=0
        ) from error
    line_of = text.counter()
    return Script(
        sql=text.sql,
        line=line_of(0),
        transaction=one.options.transaction,
        pieces=tuple(Piece(statement.text, line_of(statement.at)) for statement in statements),
    )


def _checksum(sql: str) -> str:
    """Return the checksum of a changeset: that of its one change, whose checksum is that of its SQL without blanks."""
    change = hashlib.md5(sql.strip().translate(_WHITE).encode(), usedforsecurity=False).hexdigest()
    whole = hashlib.md5(f"{_VERSION}{change}:".encode(), usedforsecurity=False).hexdigest()
    return f"{_VERSION}{whole}"


def _unread(files: Iterable[Path]) -> Iterator[tuple[int, str]]:
    """Say which files have an order that is not looked at, on the first migration."""
    for path in files:
        if is_master(path):
            yield 0, f"not read: {path.name}; for its order name it instead of the folder"


def _left_out(changesets: Iterable[Changeset]) -> Iterator[tuple[int, str]]:
    """Say which changesets are not run, with how many of ours stand before each."""
    before = 0
    for one in changesets:
        if one.options.ignored:
            yield before, f"not run: {one.author}:{one.id}, which says ignore:true"
        elif not one.options.is_ours:
            yield before, f"not run: {one.author}:{one.id}, which is for dbms:{one.options.dbms}"
        else:
            before += 1


def _with_notes(
    found: Sequence[Migration], ours: Sequence[Changeset], notes: Iterable[tuple[int, str]]
) -> list[Migration]:
    by_index: dict[int, list[str]] = {}
    for index, text in notes:
        by_index.setdefault(min(index, len(ours) - 1), []).append(text)
    return [replace(one, notes=(*by_index.get(index, ()), *one.notes)) for index, one in enumerate(found)]


_TABLE = OwnTable(
    name="databasechangelog",
    siblings=("databasechangeloglock",),
    setup=(
        """CREATE TABLE {databasechangeloglock} (id INTEGER NOT NULL, locked BOOLEAN NOT NULL,
        lockgranted TIMESTAMP WITHOUT TIME ZONE, lockedby VARCHAR(255),
        CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (id))""",
        "INSERT INTO {databasechangeloglock} (id, locked) VALUES (1, false)",
        """CREATE TABLE {table} (id VARCHAR(255) NOT NULL, author VARCHAR(255) NOT NULL, filename VARCHAR(255) NOT NULL,
        dateexecuted TIMESTAMP WITHOUT TIME ZONE NOT NULL, orderexecuted INTEGER NOT NULL,
        exectype VARCHAR(10) NOT NULL, md5sum VARCHAR(35), description VARCHAR(255), comments VARCHAR(255),
        tag VARCHAR(255), liquibase VARCHAR(20), contexts VARCHAR(255), labels VARCHAR(255),
        deployment_id VARCHAR(10))""",
    ),
    applied=(
        """INSERT INTO {table} (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description,
        comments)
        SELECT %(name)s::text,
               substr(%(title)s::text, strpos(%(title)s, '::' || %(name)s::text || '::') + length(%(name)s) + 4),
               substr(%(title)s::text, 1, strpos(%(title)s, '::' || %(name)s::text || '::') - 1),
               now(), coalesce(max(orderexecuted), 0) + 1, 'EXECUTED', %(checksum)s::text,
               'sql', ''
          FROM {table}""",
    ),
    reverted=("DELETE FROM {table} WHERE filename || '::' || id || '::' || author = %(title)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `databasechangelog`: a row for each changeset; checksums of older versions of Liquibase are not compared."""
    columns = ("id", "author", "filename", "dateexecuted", "md5sum")
    rows = rows_of(connection, table, columns, order=("orderexecuted",))
    if rows is None:
        return None
    return [
        Applied(
            key=_key(file, name, author),
            at=at,
            checksum=checksum if (checksum or "").startswith(_VERSION) else None,
        )
        for name, author, file, at, checksum in rows
    ]


FORMAT = Format(
    name="liquibase",
    tool="Liquibase",
    looks_like=looks_like,
    load=load,
    lock=Lock.TABLE,  # databasechangeloglock
    table=_TABLE,
    reads=read,
    named=lambda folder: of_liquibase(folder, _TABLE.name),
    manifests=(("liquibase.properties", ""), ("pom.xml", "liquibase"), ("build.gradle", "liquibase")),
)
