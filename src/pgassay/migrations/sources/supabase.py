"""Supabase: `<stamp>_<name>.sql`, cut into statements that go to the server in one pipeline; there is no way down.

Source: github.com/supabase/cli, apps/cli-go/pkg/migration/list.go, file.go, apply.go and history.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.supabase_cut import cut
from pgassay.migrations.sources.support import contents, names_in, require_any, rows_of, twins
from pgassay.migrations.text import read_text

_NAME = re.compile(r"([0-9]+)_(.*)\.sql")
_OTHERS = (".up.sql", ".down.sql")
_OLD_INIT = re.compile(r"([0-9]{14})_init\.sql")
_INIT_COUNTS_SINCE = 20211209000000  # what old versions made by that name is no migration


def looks_like(folder: Path) -> bool:
    """Tell whether it is `supabase/migrations`, the only place that the tool knows, and a file is called like one."""
    path = folder.resolve()
    placed = (path.parent.name, path.name) == ("supabase", "migrations")
    return placed and any(_NAME.fullmatch(name) and not name.endswith(_OTHERS) for name in names_in(folder))


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder by name; SQL of other names is passed over, and the first one says so.

    Raises:
        MigrationError: The folder holds none, or two files have one version.
    """
    within = contents(folder)
    files = [path for place, path in enumerate(within) if _counts(path, first=place == 0)]
    seen: dict[str, Path] = {}
    for path in files:
        version = _parts(path)[0]
        if seen.setdefault(version, path) != path:
            raise twins(seen[version], path, f"version {version}")
    found = [_migration(place, path) for place, path in enumerate(files, 1)]
    first, *rest = require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file STAMP_name.sql")
    strangers = [path.name for path in within if path.suffix == ".sql" and path not in files and not path.is_dir()]
    notes = tuple(f"{name} is not run: Supabase passes it over for its name" for name in strangers)
    return replace(first, notes=notes), *rest


def _counts(path: Path, *, first: bool) -> bool:
    old = _OLD_INIT.search(path.name) if first else None
    is_old = old is not None and int(old[1]) < _INIT_COUNTS_SINCE
    return _NAME.fullmatch(path.name) is not None and not is_old and not path.is_dir()


def _parts(path: Path) -> tuple[str, str]:
    version, _, name = path.stem.partition("_")
    return version, name


def _migration(place: int, path: Path) -> Migration:
    version, name = _parts(path)
    text = read_text(path)
    return Migration(
        version=place,
        name=name,
        path=path,
        key=version,
        up=Script(sql=text, transaction=False, pieces=cut(text), pipeline=True),
        irreversible="Supabase has no way down",
    )


_TABLE = OwnTable(
    name="schema_migrations",
    schema="supabase_migrations",
    setup=("CREATE TABLE {table} (version text NOT NULL PRIMARY KEY, statements text[], name text)",),
    applied=("INSERT INTO {table} (version, name, statements) VALUES (%(key)s, %(name)s, %(pieces)s)",),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `schema_migrations`, in which old versions of the tool wrote no name."""
    rows = rows_of(connection, table, ("version", "name"))
    if rows is None:
        rows = rows_of(connection, table, ("version",))
    return None if rows is None else [Applied(key=version, name=next(iter(name), None)) for version, *name in rows]


FORMAT = Format(
    name="supabase",
    tool="Supabase",
    looks_like=looks_like,
    load=load,
    lock=Lock.KEY,  # pkg/migration/file.go: the row is in the batch of the migration
    table=_TABLE,
    schemas=("supabase_migrations",),
    reads=read,
    out_of_order=OutOfOrder.REFUSED,
    manifests=(("config.toml", "project_id"),),
)
