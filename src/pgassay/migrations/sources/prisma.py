"""Prisma: `<stamp>_<name>/migration.sql`, each sent to the server in one query; there is no way down.

Source: github.com/prisma/prisma, packages/migrate/src/utils/listMigrations.ts; github.com/prisma/prisma-engines,
schema-engine/commands/src/commands/apply_migrations.rs, schema-engine/connectors/schema-connector/src/checksum.rs and
migrations_directory.rs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.collation import collated
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.sources.support import contents, names_in, require_any, rows_of
from pgassay.migrations.text import read_exact, read_text

_SCRIPT = "migration.sql"
_LOCK = "migration_lock.toml"
_PROVIDER = "postgresql"


def looks_like(folder: Path) -> bool:
    """Tell whether a folder inside has a migration.sql, without the snapshot.json that Drizzle puts beside it."""
    folders = (folder / name for name in names_in(folder))
    return any((f / _SCRIPT).is_file() and not (f / "snapshot.json").exists() for f in folders)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder: every folder in it is one.

    Raises:
        MigrationError: The folder holds none, is for another database, or a migration has no script.
    """
    _refuse_other_databases(folder)
    folders = sorted(
        (entry for entry in contents(folder) if entry.is_dir() and not entry.is_symlink()),
        key=lambda entry: collated(entry.name),
    )
    found = [_migration(place, inner) for place, inner in enumerate(folders, 1)]
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a folder with a migration.sql")


def _refuse_other_databases(folder: Path) -> None:
    """As the tool does, which writes the database down in a file of its own."""
    path = folder / _LOCK
    if not path.exists():
        return
    lines = [line for line in read_text(path).split("\n") if line.startswith("provider")]
    provider = lines[0].removeprefix("provider = ").strip('"') if lines else "nothing"
    if provider != _PROVIDER:
        raise MigrationError(
            f'"{path}" says that these migrations are for {provider}, not for {_PROVIDER}',
            hint="point at the migrations for PostgreSQL",
        )


def _migration(place: int, folder: Path) -> Migration:
    path = folder / _SCRIPT
    if not path.is_file():
        raise MigrationError(
            f'"{folder}" has no {_SCRIPT}', hint="Prisma stops at such a folder: write the script, or delete the folder"
        )
    text = read_text(path)
    checksum, *others = _checksums(path)
    return Migration(
        version=place,
        name=folder.name.partition("_")[2] or folder.name,
        path=path,
        title=folder.name,
        key=folder.name,
        up=Script(sql=text, transaction=False, pieces=(Piece(text),)),
        irreversible="Prisma has no way down",
        checksum=checksum,
        other_checksums=tuple(others),
        notes=tuple(f"{entry.name} is not run: Prisma does not know it" for entry in _others(folder)),
    )


def _others(folder: Path) -> list[Path]:
    return [entry for entry in contents(folder) if entry.suffix == ".sql" and entry.name != _SCRIPT]


def _checksums(path: Path) -> list[str]:
    """Return all that Prisma takes for the checksum of a file: with either line end, and as old versions wrote it."""
    exact = read_exact(path)
    texts = (exact, exact.replace("\r\n", "\n"), exact.replace("\n", "\r\n"))
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    unpadded = ["".join(f"{byte:x}" for byte in digest) for digest in digests]  # until 2021
    return [digest.hex() for digest in digests] + unpadded


_TABLE = OwnTable(
    name="_prisma_migrations",
    setup=(
        """CREATE TABLE {table} (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL,
        finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
        started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)""",
    ),
    applied=(
        """INSERT INTO {table} (id, checksum, finished_at, migration_name, applied_steps_count)
        VALUES (gen_random_uuid()::text, %(checksum)s, now(), %(key)s, 1)""",
    ),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `_prisma_migrations`, where a failed migration has no end, and one that was given up was rolled back."""
    columns = ("migration_name", "checksum", "finished_at", "rolled_back_at")
    rows = rows_of(connection, table, columns, order=("started_at",))
    if rows is None:
        return None
    return [
        Applied(key=name, at=finished, checksum=checksum, problem=None if finished else "failed")
        for name, checksum, finished, rolled_back in rows
        if rolled_back is None
    ]


FORMAT = Format(
    name="prisma",
    tool="Prisma",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # schema-engine: pg_advisory_lock(72707369)
    table=_TABLE,
    reads=read,
    manifests=((_LOCK, "provider"), ("package.json", "prisma")),
)
