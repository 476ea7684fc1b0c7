"""Hasura: `<stamp>_<name>/up.sql` and `down.sql`, or two files side by side, each sent to the server in one query.

Source: github.com/hasura/graphql-engine, cli/migrate/source/parse.go and file/file.go, cli/migrate/migrate.go,
cli/migrate/detect_no_transaction_test.go, cli/internal/statestore.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock
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

_NAME = re.compile(r"([0-9]+)_(.*)\.(up|down)\.(sql|yaml)")
_HIGHEST = 2**64 - 1  # a version is a uint64
_STAMPED = re.compile(r"[0-9]{13}_.*")  # milliseconds: no other tool counts in them
_PROJECT = (("config.yaml", "metadata_directory"),)
_NO_TRANSACTION = "-- hasura:no-transaction"
_DEFAULT = "default"


def looks_like(folder: Path) -> bool:
    """Tell by folders that are called after a millisecond, or by the project's config.yaml above."""
    names = names_in(folder)
    if any(_STAMPED.fullmatch(name) and (folder / name / "up.sql").is_file() for name in names):
        return True
    return any(_NAME.fullmatch(name) for name, _ in _files(folder, names)) and named_above(folder, _PROJECT)


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of one database; files of other names are not looked at, and empty ones neither.

    Raises:
        MigrationError: The folder holds none, two files have one version and direction, or a version has no up.
    """
    versions: dict[int, dict[str, tuple[Path, str]]] = {}
    for name, path in _files(folder, [entry.name for entry in contents(folder)]):
        match = _NAME.fullmatch(name)
        if match is None or int(match[1]) > _HIGHEST or _is_empty(path):
            continue
        files, which = versions.setdefault(int(match[1]), {}), f"{match[3]}.{match[4]}"
        if which in files:
            raise twins(files[which][0], path, f"version {int(match[1])}")
        files[which] = path, match[2]
    found = [_migration(place, number, versions[number]) for place, number in enumerate(sorted(versions), 1)]
    hint = "a migration is a folder STAMP_name with up.sql and down.sql; point at those of one database"
    return require_any(found, folder, tool=FORMAT.tool, hint=f"{hint}, such as migrations/default")


def _files(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield all files with the names by which the tool knows them: those in a folder have its name before theirs."""
    for name in names:
        path = folder / name
        if not path.is_dir():
            yield name, path
            continue
        yield from ((f"{name}.{inner}", path / inner) for inner in names_in(path) if not (path / inner).is_dir())


def _is_empty(path: Path) -> bool:
    return path.exists() and not path.stat().st_size


def _migration(place: int, version: int, files: Mapping[str, tuple[Path, str]]) -> Migration:
    metadata = [path for which, (path, _) in files.items() if which.endswith(".yaml")]
    if "up.sql" not in files:
        path = next(iter(files.values()))[0]
        told = "is metadata, which only Hasura can apply, and has no up.sql" if path in metadata else "has no up"
        raise MigrationError(
            f'"{path}" {told}', hint=f"Hasura cannot go past version {version}: write the up.sql, or update the project"
        )
    path, name = files["up.sql"]
    down = _script(files["down.sql"][0]) if "down.sql" in files else None
    return Migration(
        version=place,
        name=name,
        path=path,
        title=f"{version}_{name}",
        key=str(version),
        up=_script(path),
        down=None if down is None or does_nothing(down.sql) else down,
        notes=tuple(f"{path.name} is not run: it is metadata" for path in metadata),
    )


def _script(path: Path) -> Script:
    text = read_text(path)
    marked = text.split("\n", 1)[0].strip() == _NO_TRANSACTION
    return Script(sql=text, transaction=not marked, pieces=(Piece(text, path=path),))


_TABLE = OwnTable(name="schema_migrations", schema="hdb_catalog", siblings=("hdb_version",))


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read what the CLI keeps in `hdb_version`, by database, or in `schema_migrations` before version 2."""
    states = rows_of(connection, replace(table, name="hdb_version"), ("cli_state",)) or []
    for (state,) in states:
        if databases := state.get("migrations"):
            return [_applied(version, dirty=dirty) for version, dirty in _one_of(databases).items()]
    rows = rows_of(connection, table, ("version", "dirty"))
    if rows is None:
        return [] if states else None
    return [_applied(str(version), dirty=dirty) for version, dirty in rows]


def _one_of(databases: Mapping[str, Mapping[str, bool]]) -> Mapping[str, bool]:
    """Return what is applied to the database that the state lies in: Hasura puts it into the default one."""
    if _DEFAULT in databases or len(databases) == 1:
        return databases.get(_DEFAULT) or next(iter(databases.values()))
    raise MigrationError(
        f"Hasura keeps the state of {', '.join(sorted(databases))} here, and which of them this is cannot be told"
    )


def _applied(version: str, *, dirty: bool) -> Applied:
    return Applied(key=version, problem="dirty" if dirty else None)


FORMAT = Format(
    name="hasura",
    tool="Hasura",
    looks_like=looks_like,
    load=load,
    lock=Lock.NONE,  # the state is written behind the migration, by another request
    table=_TABLE,
    schemas=("hdb_catalog",),
    reads=read,
    manifests=_PROJECT,
)
