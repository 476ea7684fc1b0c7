"""Django: the migrations of all apps of a project, each run by Django itself, in our session.

Source: github.com/django/django, django/db/migrations/loader.py, executor.py, recorder.py, django/core/management/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Way
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.python_project import require
from pgassay.migrations.sources.support import rows_of


def looks_like(folder: Path) -> bool:
    """Tell whether manage.py is there, and Django's: others have one too."""
    try:
        return b"django" in (folder / "manage.py").read_bytes().lower()
    except OSError:
        return False


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of every app that the project installs, those of others too.

    Raises:
        MigrationError: Django is not installed, or cannot load the project; or there is no migration.
    """
    require("django", tool=FORMAT.tool, folder=folder)
    from pgassay.migrations.sources.django_project import migrations_of

    return migrations_of(folder)


def ways(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the way by the migrations that squashed ones replace, where they are still there.

    Raises:
        MigrationError: As `load`.
    """
    require("django", tool=FORMAT.tool, folder=folder)
    from pgassay.migrations.sources.django_project import replaced_by_squashed

    return replaced_by_squashed(folder)


_TABLE = OwnTable(name="django_migrations")


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `django_migrations`, which has a row for each applied migration."""
    rows = rows_of(connection, table, ("app", "name", "applied"))
    return None if rows is None else [Applied(key=f"{app}.{name}", at=at) for app, name, at in rows]


FORMAT = Format(
    name="django",
    tool="Django",
    looks_like=looks_like,
    load=load,
    ways=ways,
    lock=Lock.NONE,  # django/db/migrations/recorder.py: no key on app and name
    table=_TABLE,
    reads=read,
    out_of_order=OutOfOrder.REFUSED,
)
