"""refinery: `V<version>__<name>.sql` and `U<version>__<name>.sql` at any depth, each sent in one query, forward only.

`U` is no undo: it is a migration that may be applied out of order.
Source: github.com/rust-db/refinery 0.9, refinery_core/src/util.rs, runner.rs and traits/mod.rs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from unicodedata import category

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.siphash import siphash13
from pgassay.migrations.sources.support import contents, named_above, names_in, require_any, rows_of, twins
from pgassay.migrations.text import read_text

_NAME = re.compile(r"([UV])(\d+(?:\.\d+)?)__(.+)\.(sql|rs)", re.DOTALL)
# What a letter is to Rust's regular expressions, which take combining marks, as in file names from a Mac.
_WORD = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
_JOINERS = "\u200c\u200d"
_INT4, _INT8 = 2**31, 2**63
_WIDE = (("Cargo.toml", "int8-versions"),)
_NO_WAY_DOWN = "refinery has no way down"


def looks_like(folder: Path) -> bool:
    """Tell whether files are called like migrations and a Cargo.toml speaks of refinery: Flyway's are called so too."""
    if named_above(folder, FORMAT.manifests):
        return any(_match(path.name) for path in _walk(folder))
    return any((match := _match(name)) and match[4] == "rs" for name in names_in(folder))


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder and of those in it; files of other names are not looked at.

    Raises:
        MigrationError: There is none in SQL, two files have one version, or one is no whole number.
    """
    contents(folder)  # an error where it cannot be read
    files: dict[int, Path] = {}
    for path in sorted(_walk(folder)):
        if (match := _match(path.name)) is None:
            continue
        version = _version(match[2], path)
        if (other := files.setdefault(version, path)) is not path:
            raise twins(other, path, f"version {version}")
    size = 8 if any(version >= _INT4 for version in files) or named_above(folder, _WIDE) else 4
    loaded = [_migration(place, version, files[version], size) for place, version in enumerate(sorted(files), 1)]
    some = loaded if any(migration.checksum for migration in loaded) else ()
    return require_any(some, folder, tool=FORMAT.tool, hint="a migration is a file V1__name.sql; Rust is not run")


def _walk(folder: Path) -> Iterator[Path]:
    """Yield all files; the tool follows no link to a folder, and passes over folders that it cannot read."""
    return (Path(base, name) for base, _, names in os.walk(folder) for name in names)


def _match(name: str) -> re.Match[str] | None:
    match = _NAME.fullmatch(name)
    return match if match and all(category(char) in _WORD or char in _JOINERS for char in match[3]) else None


def _version(digits: str, path: Path) -> int:
    if not re.fullmatch("[0-9]+", digits) or int(digits) >= _INT8:
        raise MigrationError(
            f'"{path}": the version {digits} is no whole number of at most 64 bits', hint="refinery refuses it"
        )
    return int(digits)


def _migration(place: int, version: int, path: Path, size: int) -> Migration:
    match = _match(path.name)
    assert match is not None
    in_rust = match[4] == "rs"
    return Migration(
        version=place,
        name=match[3],
        path=path,
        key=str(version),
        up=Script(sql="", transaction=False, pieces=()) if in_rust else _script(path),
        irreversible=f"{_NO_WAY_DOWN}, and this one is in Rust, which is not run" if in_rust else _NO_WAY_DOWN,
        checksum=None if in_rust else _checksum(match[3], version, path, size),
        notes=(f"{path.name} is written in Rust: it is not run, and what builds on it may fail",) if in_rust else (),
    )


def _script(path: Path) -> Script:
    text = read_text(path)
    return Script(sql=text, pieces=(Piece(text),), path=path)


def _checksum(name: str, version: int, path: Path, size: int) -> str:
    """Return the hash as Rust makes it of a text, a number and a text: a text ends with a byte that no UTF-8 has."""
    return str(siphash13(name.encode() + b"\xff" + version.to_bytes(size, "little") + path.read_bytes() + b"\xff"))


_TABLE = OwnTable(
    name="refinery_schema_history",
    setup=(
        # INT4, unless refinery is built for versions of 64 bits: then some are too large for it
        """CREATE TABLE {table} (version INT8 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255),
        checksum VARCHAR(255))""",
    ),
    applied=(
        """INSERT INTO {table} (version, name, applied_on, checksum)
        VALUES (%(key)s, %(name)s, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ'), %(checksum)s)""",
    ),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `refinery_schema_history`, which has a row for each applied migration."""
    rows = rows_of(connection, table, ("version", "name", "applied_on", "checksum"))
    if rows is None:
        return None
    return [
        Applied(key=str(version), name=name, at=_moment(at), checksum=checksum) for version, name, at, checksum in rows
    ]


def _moment(text: str | None) -> datetime | None:
    """Read a moment, which the tool stores as text."""
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


FORMAT = Format(
    name="refinery",
    tool="refinery",
    looks_like=looks_like,
    load=load,
    lock=Lock.KEY,  # refinery_core/src/traits/sync.rs: migration and row in one transaction
    table=_TABLE,
    reads=read,
    out_of_order=OutOfOrder.REFUSED,
    may_slip_in=lambda migration: migration.path.name.startswith("U"),
    manifests=(("Cargo.toml", "refinery"),),
)
