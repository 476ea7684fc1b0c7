"""Flyway: `V<version>__<description>.sql`, undone by `U...`, then `R__<description>.sql`, which run when they change.

Each statement is sent by itself, in one transaction where the statements allow it. On an empty database Flyway starts
from the newest `B<version>` there is; here that stands for what has no files any more, and is passed over where the
migrations before it are still there. Callbacks and migrations that are programs are not run, and said.

Source: github.com/flyway/flyway 13.0, flyway-core: SqlMigrationResolver, CompositeMigrationResolver,
ResolvedMigrationComparator, MigrationInfoServiceImpl, FileSystemScanner; PostgreSQLDatabase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

from pgassay.migrations.model import Migration, OwnTable, Script, Way, way_of
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.flyway_names import (
    Kind,
    Named,
    named,
    parse_version,
    version_key,
)
from pgassay.migrations.sources.flyway_notes import place_of, programs, switched_off, unrun, with_notes
from pgassay.migrations.sources.flyway_placeholders import Placeholders, placeholders_of
from pgassay.migrations.sources.flyway_script import FlywayScript, read_script
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.own_name import of_flyway
from pgassay.migrations.sources.support import entries, files_in, names_in, require_any, rows_of, twins, unless_blank

_COLUMNS = ("installed_rank", "version", "description", "type", "script", "checksum", "installed_on", "success")


def looks_like(folder: Path) -> bool:
    """Tell whether the folder, or one in it, has a file with Flyway's prefix and two underscores, and none in Rust."""
    names = names_in(folder)
    if any(name.endswith(".rs") for name in names):
        return False  # refinery's are called alike
    return _any_migration(folder, names) or any(
        _any_migration(inner, names_in(inner)) for name in names if (inner := folder / name).is_dir()
    )


def _any_migration(folder: Path, names: Iterable[str]) -> bool:
    found = (named(folder / name) for name in names if "__" in name)
    return any(one is not None and one.kind in {Kind.VERSIONED, Kind.REPEATABLE, Kind.BASELINE} for one in found)


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder and of those in it.

    Raises:
        MigrationError: There is none, two files have one version, a placeholder has no value, or a file cannot be cut.
    """
    entries(folder)  # an error where it cannot be read
    files = list(files_in(folder))
    known = [one for path in files if (one := named(path)) is not None]
    _refuse_twins(known)
    undos = {one.version: one for one in known if one.kind is Kind.UNDO}
    values = placeholders_of(folder, placeholders)
    read = [(one, read_script(one.path, values)) for one in _to_run(known)]
    found = [_migration(one, script, undos, values) for one, script in read if script.runs]
    values.missing.refuse()
    places = [place_of(one) for one, script in read if script.runs]
    notes = [*unrun(known, files, run={one.path for one, _ in read}), *programs(folder, files), *switched_off(read)]
    numbered = [replace(migration, version=number) for number, migration in enumerate(found, 1)]
    return require_any(
        with_notes(numbered, places, notes), folder, tool=FORMAT.tool, hint="a migration is a file V1__name.sql"
    )


def ways(folder: Path, placeholders: Mapping[str, str]) -> tuple[Way, ...]:
    """Return the way from each baseline whose migrations are still there: what Flyway does to an empty database.

    Raises:
        MigrationError: As `load`.
    """
    known = [one for path in files_in(folder) if (one := named(path)) is not None]
    first = min((one.version for one in known if one.kind is Kind.VERSIONED), default=())
    kept = sorted(one for one in known if one.kind is Kind.BASELINE and first <= one.version)
    values = placeholders_of(folder, placeholders)
    found = [_from_baseline(baseline, known, values) for baseline in kept if first]
    values.missing.refuse()
    return tuple(way for way in found if way is not None)


def _from_baseline(baseline: Named, known: Sequence[Named], placeholders: Placeholders) -> Way | None:
    behind = [one for one in known if one.kind is Kind.REPEATABLE or one.version > baseline.version]
    steps = [baseline, *(one for one in _to_run(behind) if one.kind is not Kind.BASELINE)]
    read = [(one, read_script(one.path, placeholders)) for one in steps]
    if not read[0][1].runs:
        return None
    return way_of(
        baseline.path.name, [_migration(one, script, {}, placeholders) for one, script in read if script.runs]
    )


def _refuse_twins(known: Iterable[Named]) -> None:
    seen: dict[tuple[str, str], Named] = {}
    for one in known:
        key = one.path.stem if one.kind is Kind.CALLBACK else one.key
        if (other := seen.setdefault((one.kind, key), one)) is not one:
            raise twins(other.path, one.path, f"version {key}" if one.version else f'name "{key}"')


def _to_run(known: Sequence[Named]) -> list[Named]:
    """Return what is run, in order: by version, then what is repeatable by description."""
    versioned = sorted(one for one in known if one.kind is Kind.VERSIONED)
    baseline = _baseline(known)
    start = [baseline] if baseline and not any(one.version <= baseline.version for one in versioned) else []
    return [*start, *versioned, *sorted(one for one in known if one.kind is Kind.REPEATABLE)]


def _baseline(known: Iterable[Named]) -> Named | None:
    return max((one for one in known if one.kind is Kind.BASELINE), default=None)


def _migration(
    one: Named, read: FlywayScript, undos: Mapping[tuple[int, ...], Named], placeholders: Placeholders
) -> Migration:
    undo = undos.get(one.version) if one.kind is Kind.VERSIONED else None
    checksums = {Kind.VERSIONED: read.raw_checksum, Kind.REPEATABLE: read.checksum}
    return Migration(
        version=1,
        name=one.description,
        path=one.path,
        title=one.path.stem,
        key=one.key,
        up=read.script,
        down=None if undo is None else _down(undo, placeholders),
        irreversible=_irreversible(one, undos),
        checksum=checksums.get(one.kind),  # up to a baseline Flyway compares none
        repeatable=one.kind is Kind.REPEATABLE,
        passed_over=one.kind is Kind.REPEATABLE,  # `flyway undo` takes the newest versioned one
    )


def _down(undo: Named, placeholders: Placeholders) -> Script | None:
    read = read_script(undo.path, placeholders)
    return unless_blank(read.script) if read.runs else None


def _irreversible(one: Named, undos: Mapping[tuple[int, ...], Named]) -> str | None:
    """Say why there is no way down: undo migrations are a matter of the folder, and each must be there if one is."""
    if one.kind is Kind.REPEATABLE:
        return "Flyway does not undo repeatable migrations"
    if one.kind is Kind.BASELINE:
        return "Flyway does not undo baselines"
    return None if undos else "the folder has no undo migrations of Flyway"


_RECORD: tuple[LiteralString, LiteralString] = (
    """INSERT INTO {table} (installed_rank, version, description, type, script, checksum, installed_by, execution_time,
    success)
    SELECT coalesce(max(installed_rank), 0) + 1, CASE WHEN starts_with(%(key)s, 'R__') THEN NULL ELSE %(key)s END,
           left(%(name)s, 200), """,
    """, left(%(file)s, 1000), %(checksum)s::integer, current_user, 0, true
      FROM {table}""",
)
_TABLE = OwnTable(
    name="flyway_schema_history",
    setup=(
        """CREATE TABLE {table} (installed_rank INT NOT NULL, version VARCHAR(50), description VARCHAR(200) NOT NULL,
        type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INTEGER, installed_by VARCHAR(100) NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT now(), execution_time INTEGER NOT NULL, success BOOLEAN NOT NULL)""",
        "ALTER TABLE {table} ADD CONSTRAINT {key} PRIMARY KEY (installed_rank)",
        "CREATE INDEX {index} ON {table} (success)",
    ),
    applied=(_RECORD[0] + "'SQL'" + _RECORD[1],),
    reverted=(_RECORD[0] + "'UNDO_SQL'" + _RECORD[1],),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `flyway_schema_history`, in which each run has a row, and an undone migration one more."""
    rows = rows_of(connection, table, _COLUMNS, order=("installed_rank",))
    if rows is None:
        return None
    applied: dict[str, Applied] = {}
    for _, version, description, kind, script, checksum, at, success in rows:
        key = _row_key(version, description)
        if kind.startswith("UNDO") or kind == "DELETE":
            applied.pop(key, None)
        elif kind != "SCHEMA":  # the row that says that Flyway made the schema
            baseline = kind in {"BASELINE", "SQL_BASELINE"}
            applied[key] = Applied(
                key=key,
                name=script.removesuffix(".sql") if version else None,
                at=at,
                checksum=None if checksum is None or baseline else str(checksum),
                problem=None if success else "failed",
                baseline=baseline,
            )
    return list(applied.values())


def _row_key(version: str | None, description: str) -> str:
    parsed = parse_version(version or "")
    return f"R__{description}" if version is None else version if parsed is None else version_key(parsed)


FORMAT = Format(
    name="flyway",
    tool="Flyway",
    looks_like=looks_like,
    load=load,
    ways=ways,
    lock=Lock.ADVISORY,  # PostgreSQLConnection.lock
    table=_TABLE,
    reads=read,
    named=lambda folder: of_flyway(folder, _TABLE.name),
    out_of_order=OutOfOrder.REFUSED,
    manifests=(
        ("flyway.toml", "[flyway"),
        ("flyway.conf", "flyway."),
        ("pom.xml", "flyway"),
        ("build.gradle", "flyway"),
        ("build.gradle.kts", "flyway"),
    ),
)
