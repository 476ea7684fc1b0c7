"""sqlx: `<version>_<description>.sql`, or `.up.sql` and `.down.sql`, each sent to the server in one query.

Source: github.com/launchbadge/sqlx 0.9, sqlx-core/src/migrate/source.rs, migration_type.rs and migrator.rs,
sqlx-postgres/src/migrate.rs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.own_name import of_sqlx, toml_of
from pgassay.migrations.sources.support import (
    contents,
    does_nothing,
    named_above,
    names_in,
    require_any,
    rows_of,
    twins,
)
from pgassay.migrations.text import read_text

_VERSION = r"[+-]?[0-9]+"
_NAME = re.compile(rf"{_VERSION}_.*\.sql", re.DOTALL)
_RANGE = range(-(2**63), 2**63)  # a version is an i64
_NO_TRANSACTION = "-- no-transaction"  # the very first bytes of a file, and of that file alone
_UP, _DOWN = ".up.sql", ".down.sql"
_PASSED_OVER = "it has no down: on the way down sqlx passes over it, and undoes what lies before it"
# A bare name is what many tools have: where a file tells of another one, the folder is not sqlx's.
_OTHER_FILES = frozenset({"atlas.sum", "tern.conf"})
_OTHER_TOOL = re.compile(
    rb"^[ \t]*--(?:[ \t]*\+(?:goose|migrate)[ \t]|[ \t]*migrate:|[ \t]*atlas:|[ \t]*liquibase |!|-- create above)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a migration: a simple one, an up or a down, which its name's end tells."""

    path: Path
    version: int
    rest: str

    @property
    def end(self) -> str:
        return next((end for end in (_UP, _DOWN) if self.rest.endswith(end)), ".sql")

    @property
    def description(self) -> str:
        return self.rest.removesuffix(self.end).replace("_", " ")


def looks_like(folder: Path) -> bool:
    """Tell whether files are called like migrations and a Cargo.toml speaks of sqlx: many tools have such names."""
    names = names_in(folder)
    named = [name for name in names if _NAME.fullmatch(name)]
    if not named or _OTHER_FILES.intersection(names) or not named_above(folder, FORMAT.manifests):
        return False
    return not _of_another_tool(folder / named[0])


def _of_another_tool(path: Path) -> bool:
    try:
        return _OTHER_TOOL.search(path.read_bytes()) is not None
    except OSError:
        return False


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; what does not end in `.sql` or has no underscore is not looked at.

    Raises:
        MigrationError: The folder holds none, a file has no number in front, or two have one version and direction.
    """
    files = [file for path in contents(folder) if (file := _file(path)) is not None]
    ups = _by_version(file for file in files if file.end != _DOWN)
    downs = _by_version(file for file in files if file.end == _DOWN)
    ignored = _ignored(folder)
    found = [_migration(place, ups[version], downs, ignored) for place, version in enumerate(sorted(ups), 1)]
    hint = "a migration is a file NNN_description.sql, or a pair NNN_description.up.sql, NNN_description.down.sql"
    loaded = require_any(found, folder, tool=FORMAT.tool, hint=hint)
    orphans = (downs[version].path.name for version in downs if version not in ups)
    notes = tuple(f'"{name}" has no up: sqlx never runs it' for name in orphans)
    return (*loaded[:-1], replace(loaded[-1], notes=loaded[-1].notes + notes))


def _file(path: Path) -> _File | None:
    head, underscore, rest = path.name.partition("_")
    if not underscore or not rest.endswith(".sql") or not path.is_file():
        return None
    if not re.fullmatch(_VERSION, head) or int(head) not in _RANGE:
        raise MigrationError(
            f'"{path}" does not begin with a whole number of 64 bits',
            hint="sqlx refuses the whole folder: name it NNN_description.sql, or take it out of the folder",
        )
    return _File(path, int(head), rest)


def _by_version(files: Iterable[_File]) -> dict[int, _File]:
    found: dict[int, _File] = {}
    for file in files:
        if (other := found.setdefault(file.version, file)) is not file:
            raise twins(other.path, file.path, f"version {file.version}")
    return found


def _ignored(folder: Path) -> str:
    """Return the characters that sqlx.toml keeps out of checksums."""
    found = toml_of(folder, "sqlx.toml", "migrate").get("ignored-chars", ())
    return "".join(one for one in found if isinstance(one, str))


def _checksum(path: Path, ignored: str) -> str:
    content = path.read_bytes()
    if ignored:
        content = content.decode(errors="replace").translate(str.maketrans("", "", ignored)).encode()
    return hashlib.sha384(content).hexdigest()


def _migration(place: int, up: _File, downs: Mapping[int, _File], ignored: str) -> Migration:
    down = downs.get(up.version)
    script = None if down is None else _script(down.path)
    return Migration(
        version=place,
        name=up.description,
        path=up.path,
        title=up.path.name.removesuffix(up.end),
        key=str(up.version),
        up=_script(up.path),
        down=None if script is None or does_nothing(script.sql) else script,
        irreversible="a simple file of sqlx has no way down" if down is None and up.end == ".sql" else None,
        checksum=_checksum(up.path, ignored),
        notes=(_PASSED_OVER,) if down is None and downs else (),
    )


def _script(path: Path) -> Script:
    text = read_text(path)
    return Script(sql=text, transaction=not text.startswith(_NO_TRANSACTION), pieces=(Piece(text),), path=path)


_TABLE = OwnTable(
    name="_sqlx_migrations",
    setup=(
        """CREATE TABLE {table} (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL,
        execution_time BIGINT NOT NULL)""",
    ),
    applied=(
        """INSERT INTO {table} (version, description, success, checksum, execution_time)
        VALUES (%(key)s, %(name)s, TRUE, decode(%(checksum)s, 'hex'), -1)""",
    ),
    reverted=("DELETE FROM {table} WHERE version = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `_sqlx_migrations`, which has a row for each applied migration, and for one that was begun."""
    columns = ("version", "description", "installed_on", "checksum", "success")
    rows = rows_of(connection, table, columns)
    if rows is None:
        return None
    return [
        Applied(
            key=str(version),
            name=description,
            at=at,
            checksum=bytes(checksum).hex(),
            problem=None if success else "dirty",
        )
        for version, description, at, checksum, success in rows
    ]


FORMAT = Format(
    name="sqlx",
    tool="sqlx",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # sqlx-postgres/src/migrate.rs, lock
    table=_TABLE,
    reads=read,
    named=of_sqlx,
    manifests=(("Cargo.toml", "sqlx"),),
)
