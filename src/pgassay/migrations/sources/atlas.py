"""Atlas, versioned: `<version>_<name>.sql` and atlas.sum, cut into statements, in a transaction or in none.

Folders of other tools that Atlas only writes (golang-migrate, goose and the like) are theirs. There is no way down: the
tool plans one itself.

Source: github.com/ariga/atlas, sql/migrate/dir.go and migrate.go, cmd/atlas/internal/cmdapi/migrate.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.atlas_cut import cut
from pgassay.migrations.sources.atlas_sum import SUM, refuse_changes, sums_of
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.own_name import of_atlas
from pgassay.migrations.sources.support import contents, names_in, require_any, rows_of, twins
from pgassay.migrations.text import read_exact, read_text
from pgassay.migrations.tokens import Place

_DIRECTIVE = re.compile(r"[ -~]*atlas:(\w+)(?: +(.+))?")
_OTHER_NAMES = re.compile(r".*\.(?:up|down)\.sql|[VUR].*__.*\.sql")
_OTHER_MARKERS = re.compile(rb"^--[ \t]*(?:\+goose|migrate:up|liquibase formatted sql)", re.MULTILINE | re.IGNORECASE)
_MODES = ("file", "none")
_ITS_OWN = "."  # an identifier of the tool's begins so in the column `version`


def looks_like(folder: Path) -> bool:
    """Tell by atlas.sum, and by files that are of no other tool for which Atlas writes them."""
    names = [name for name in names_in(folder) if name.endswith(".sql")]
    if not names or not (folder / SUM).is_file() or any(map(_OTHER_NAMES.fullmatch, names)):
        return False
    try:
        return not _OTHER_MARKERS.search((folder / names[0]).read_bytes())
    except OSError:
        return False


def load(folder: Path, _placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the migrations of a folder by name, all but checkpoints: those stand for what lies before them.

    Raises:
        MigrationError: The folder holds none, does not agree with atlas.sum, two files have one version, or a file
            cannot be cut.
    """
    files = [path for path in contents(folder) if path.name.endswith(".sql")]
    texts = {path: read_text(path) for path in files}
    sums = sums_of(files)
    if files:
        refuse_changes(folder, sums)
    found: list[Migration] = []
    passed_over: list[Path] = []
    for path in files:
        if found and _directives(path, "checkpoint"):
            passed_over.append(path)
            continue
        found.append(_migration(len(found) + 1, path, texts[path], sums=sums, passed_over=passed_over))
        passed_over = []
    _refuse_twins(found)
    return require_any(found, folder, tool=FORMAT.tool, hint="a migration is a file VERSION_name.sql")


def _refuse_twins(migrations: Sequence[Migration]) -> None:
    """Atlas would take the second for applied where the first is."""
    seen: dict[str, Migration] = {}
    for migration in migrations:
        if (other := seen.setdefault(migration.key, migration)) is not migration:
            raise twins(other.path, migration.path, f"version {migration.key}")


def _migration(place: int, path: Path, text: str, *, sums: Mapping[str, str], passed_over: Sequence[Path]) -> Migration:
    if path.name not in sums:
        raise MigrationError(f'"{path}" asks to be left out of {SUM}', hint="Atlas runs no such file: take it out")
    version, _, name = path.stem.partition("_")
    transaction = _transaction(path)
    return Migration(
        version=place,
        name=name,
        path=path,
        key=version,
        up=Script(sql=text, transaction=transaction, pieces=cut(text, Place(path))),
        irreversible="Atlas keeps no way down",
        checksum=sums[path.name],
        notes=tuple(f"{other.name} is not run: a checkpoint stands for what lies before it" for other in passed_over),
    )


def _transaction(path: Path) -> bool:
    """Tell whether a file runs in a transaction."""
    if _directives(path, "txtar"):
        raise _refused(path, "an archive of checks and a migration, which is read by Atlas Pro alone")
    modes = _directives(path, "txmode")
    if len(modes) > 1 or not {*modes} <= {*_MODES}:
        raise _refused(path, f"atlas:txmode {', '.join(modes)}: the modes are {' and '.join(_MODES)}, one of them")
    return modes != ["none"]


def _refused(path: Path, problem: str) -> MigrationError:
    return Place(path).error(problem, text="", at=0, hint="Atlas does not take it either")


def _directives(path: Path, name: str) -> list[str]:
    """Return the values of a directive in the comments at the top, which a blank line parts from the statements."""
    comments, rest = [], read_exact(path)
    while rest.startswith(("#", "--")):
        line, _, rest = rest.partition("\n")
        comments.append(line.strip())
    if rest and not rest.lstrip(" \t").startswith("\n"):
        return []
    found = (_DIRECTIVE.match(comment) for comment in comments)
    return [match[2] or "" for match in found if match and match[1] == name]


_TABLE = OwnTable(
    name="atlas_schema_revisions",
    setup=(
        """CREATE TABLE {table} (version character varying NOT NULL PRIMARY KEY, description character varying NOT NULL,
        type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
        executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text,
        hash character varying NOT NULL, partial_hashes jsonb, operator_version character varying NOT NULL)""",
    ),
    applied=(
        """INSERT INTO {table} (version, description, applied, total, executed_at, execution_time, hash,
        operator_version)
        VALUES (%(key)s, %(name)s, cardinality(%(pieces)s::text[]), cardinality(%(pieces)s::text[]), now(), 0,
                %(checksum)s, 'Atlas CLI')""",
    ),
)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `atlas_schema_revisions`; what lies before its first row, Atlas takes for applied."""
    columns = ("version", "description", "applied", "total", "executed_at", "error", "hash")
    rows = rows_of(connection, table, columns, order=("version",))
    if rows is None:
        return None
    return [_applied(row, baseline=place == 0) for place, row in enumerate(r for r in rows if r[0][:1] != _ITS_OWN)]


def _applied(row: tuple[Any, ...], *, baseline: bool) -> Applied:
    version, description, applied, total, at, error, checksum = row
    unfinished = f"{applied} of {total} statements were applied" if error or applied != total else None
    return Applied(
        key=version,
        name=description,
        at=at,
        checksum=checksum or None,
        problem=unfinished,
        baseline=baseline,
    )


FORMAT = Format(
    name="atlas",
    tool="Atlas",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # cmd/atlas/internal/cmdapi/migrate.go: atlas_migrate_execute
    table=_TABLE,
    schemas=("atlas_schema_revisions",),
    reads=read,
    named=lambda folder: of_atlas(folder, _TABLE.name),
    out_of_order=OutOfOrder.REFUSED,
    manifests=((SUM, "h1:"),),
)
