"""Alembic: a graph of revisions in Python, each run by Alembic itself, through the project's env.py, in our session.

Source: github.com/sqlalchemy/alembic, alembic/script/base.py, alembic/runtime/environment.py and migration.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Way
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.own_name import of_alembic
from pgassay.migrations.sources.python_project import require
from pgassay.migrations.sources.support import rows_of


def looks_like(folder: Path) -> bool:
    """Tell whether it is what `alembic init` makes, or has the alembic.ini that leads there."""
    return (folder / "alembic.ini").is_file() or ((folder / "env.py").is_file() and (folder / "versions").is_dir())


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the revisions: the folder of env.py, or the one of alembic.ini.

    Raises:
        MigrationError: Alembic is not installed, or cannot load them; or there is none.
    """
    require("alembic", tool=FORMAT.tool, folder=folder)
    from pgassay.migrations.sources.alembic_project import migrations_of

    return migrations_of(folder)


def ways(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the way of a new database: Alembic applies all revisions at once.

    Raises:
        MigrationError: As `load`.
    """
    require("alembic", tool=FORMAT.tool, folder=folder)
    from pgassay.migrations.sources.alembic_project import all_at_once

    return all_at_once(folder)


_TABLE = OwnTable(name="alembic_version")


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `alembic_version`, which has a row for each head that is applied."""
    rows = rows_of(connection, table, ("version_num",))
    return None if rows is None else [Applied(key=revision) for (revision,) in rows]


FORMAT = Format(
    name="alembic",
    tool="Alembic",
    looks_like=looks_like,
    load=load,
    ways=ways,
    lock=Lock.KEY,  # alembic/runtime/migration.py, HeadMaintainer: a key, and an UPDATE that must meet one row
    table=_TABLE,
    reads=read,
    named=lambda folder: of_alembic(folder, _TABLE.name),
    newest_only=True,
    out_of_order=OutOfOrder.IGNORED,
)
