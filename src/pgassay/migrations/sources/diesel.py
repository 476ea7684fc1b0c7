"""diesel: a folder for each migration, `<version>_<name>/up.sql` and `down.sql`, each sent to the server in one query.

Source: github.com/diesel-rs/diesel 2.3, diesel_migrations/migrations_internals/src/lib.rs,
diesel_migrations/src/file_based_migrations.rs and migration_harness.rs, diesel/src/migration/setup_migration_table.sql.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.support import (
    contents,
    does_nothing,
    entries,
    names_in,
    require_any,
    rows_of,
    twins,
)
from pgassay.migrations.text import read_text

# Any name would do for the tool; 13 digits are a stamp of Hasura's.
_USUAL = re.compile(r"(?![0-9]{13}_)[0-9][0-9-]*(?:_.*)?", re.DOTALL)
_LONGEST = 50  # the tool's table has a varchar(50)


def looks_like(folder: Path) -> bool:
    """Tell whether some folder in it is called like a migration and has an up.sql, and no metadata of sourcegraph's."""
    usual = (names_in(folder / name) for name in names_in(folder) if _USUAL.fullmatch(name))
    return any("up.sql" in names and "metadata.yaml" not in names for names in usual)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder; plain files, hidden folders and empty ones are not looked at.

    Raises:
        MigrationError: The folder holds none, a folder in it has no up.sql, or two have one version.
    """
    found: dict[str, Path] = {}
    for path in filter(_counts, entries(folder)):
        version = _version(path)
        if (other := found.setdefault(version, path)) is not path:
            raise twins(other, path, f'version "{version}"')
    loaded = [_migration(place, version, found[version]) for place, version in enumerate(sorted(found), 1)]
    return require_any(loaded, folder, tool=FORMAT.tool, hint="a migration is a folder VERSION_name with an up.sql")


def _counts(path: Path) -> bool:
    """Tell whether the tool takes it for a migration: it does not follow a link before it decides."""
    return path.is_symlink() or (path.is_dir() and bool(contents(path)))


def _version(path: Path) -> str:
    version = path.name.partition("_")[0].replace("-", "")
    if "up.sql" not in names_in(path):
        raise MigrationError(
            f'"{path}" has no up.sql', hint="diesel refuses the whole folder: write it, or take this one out"
        )
    if len(version) > _LONGEST:
        raise MigrationError(
            f'"{path}": the version "{version}" has {len(version)} characters',
            hint=f"diesel's table holds {_LONGEST}: write a shorter one in front of the first underscore",
        )
    return version


def _migration(place: int, version: str, path: Path) -> Migration:
    up, down = path / "up.sql", path / "down.sql"
    transaction, notes = _metadata(path / "metadata.toml")
    script = _script(up, transaction=transaction)
    back = _script(down, transaction=transaction) if down.exists() else None
    if not script.sql:
        notes += ("up.sql is empty: the diesel command refuses to run it",)
    return Migration(
        version=place,
        name=path.name.partition("_")[2],
        path=up,
        title=path.name,
        key=version,
        up=script,
        down=None if back is None or does_nothing(back.sql) else back,
        notes=notes,
    )


def _script(path: Path, *, transaction: bool) -> Script:
    """Read a file; where it ends the tool's transaction, the tool's own COMMIT fails (transaction_manager.rs)."""
    text = read_text(path)
    return Script(sql=text, transaction=transaction, strict=transaction, pieces=(Piece(text),), path=path)


def _metadata(path: Path) -> tuple[bool, tuple[str, ...]]:
    """Return whether the tool opens a transaction, and what surprises in that.

    Without the file it does; with one that leaves the key out it does not; one that it cannot read it passes over.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("run_in_transaction")
    except FileNotFoundError:
        return True, ()
    except (OSError, ValueError):
        return True, ("metadata.toml cannot be read: diesel passes over it, and opens a transaction",)
    if said is None:
        return False, ("metadata.toml does not say run_in_transaction: diesel takes that for false",)
    if not isinstance(said, bool):
        return True, ("run_in_transaction is neither true nor false: diesel passes over metadata.toml",)
    return said, ()


_TABLE = OwnTable(
    name="__diesel_schema_migrations",
    setup=(
        """CREATE TABLE {table} (version VARCHAR(50) PRIMARY KEY NOT NULL,
        run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)""",
    ),
    applied=("INSERT INTO {table} (version) VALUES (%(key)s)",),
    reverted=("DELETE FROM {table} WHERE version = %(key)s",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `__diesel_schema_migrations`, which has a row for each applied migration."""
    rows = rows_of(connection, table, ("version", "run_on"))
    return None if rows is None else [Applied(key=version, at=at) for version, at in rows]


FORMAT = Format(
    name="diesel",
    tool="diesel",
    looks_like=looks_like,
    load=load,
    lock=Lock.KEY,  # diesel/src/migration/mod.rs, MigrationHarness: within a transaction
    table=_TABLE,
    reads=read,
    manifests=(("Cargo.toml", "diesel"), ("diesel.toml", "")),
)
