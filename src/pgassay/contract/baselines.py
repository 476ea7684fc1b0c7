"""The baselines that a project keeps: dumps of its schema, each named after the last migration that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgassay.contract.load import SqlFile, load_file
from pgassay.errors import ContractError
from pgassay.migrations.model import Migration, Script, Way, way_of


def load_baselines(folder: Path, migrations: Sequence[Migration]) -> tuple[Way, ...]:
    """Read a folder of dumps.

    Args:
        folder: The folder: `NAME.sql`, with the migration's name, or its number, in front of the ending.
        migrations: All migrations, in order.

    Raises:
        ContractError: A file cannot be read, or is named like no migration.
    """
    return tuple(_way(load_file(path, folder), migrations) for path in dumps_in(folder))


def dumps_in(folder: Path) -> list[Path]:
    """Return the dumps of a folder, by name; one that is not there holds none."""
    return sorted(path for path in folder.glob("*.sql") if not path.name.startswith("."))


def _way(file: SqlFile, migrations: Sequence[Migration]) -> Way:
    last = next((n for n, migration in enumerate(migrations, 1) if _is_named(file.path.stem, migration)), None)
    if last is None:
        raise ContractError(
            f'the baseline "{file.path}" is named like no migration',
            hint=f"name it after the last migration that it holds, such as {migrations[-1].label}.sql",
        )
    script = Script(sql=file.sql, superuser=file.superuser)
    start = Migration(version=1, name=file.path.stem, path=file.path, up=script, title=f"baseline {file.name}")
    return way_of(file.name, [start, *migrations[last:]])


def _is_named(stem: str, migration: Migration) -> bool:
    number = migration.key or str(migration.version)
    same = stem.isdecimal() and number.isdecimal() and int(stem) == int(number)
    return same or stem in {migration.label, number}
