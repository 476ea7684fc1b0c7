"""sqitch: a plan of changes, each with a deploy, a revert and perhaps a verify script that psql runs.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Engine.pm, Engine/pg.pm, Engine/pg.sql, Plan/Change.pm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pgassay.errors import BlindError, MigrationError
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.psql import read_script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.format import Applied, Format, Lock, OutOfOrder
from pgassay.migrations.sources.sqitch_plan import Change, Plan, read_plan
from pgassay.migrations.sources.sqitch_registry import REGISTRY
from pgassay.migrations.sources.sqitch_target import CONF, PLAN, Target, target_of
from pgassay.migrations.sources.support import Missing, names_in, require_any, rows_of
from pgassay.migrations.split import is_blank

_COLUMNS = ("change_id", "change", "project", "script_hash", "committed_at")


def looks_like(folder: Path) -> bool:
    """Tell whether there is a plan, or a configuration that names one."""
    return not {CONF, PLAN}.isdisjoint(names_in(folder))


def load(folder: Path, placeholders: Mapping[str, str]) -> tuple[Migration, ...]:
    """Read the changes of the plan.

    Args:
        folder: The one in which sqitch is run, or the one of the plan.
        placeholders: What sqitch is given with `--set`.

    Raises:
        MigrationError: The plan cannot be deployed, a deploy script is missing, or a script cannot be told beforehand.
    """
    project = _Project(target_of(folder), placeholders)
    plan = read_plan(project.target.plan)
    found = [project.migration(plan, change, place) for place, change in enumerate(plan.changes, 1)]
    project.missing.refuse()
    return require_any(found, folder, tool=FORMAT.tool, hint="`sqitch add NAME` makes a change")


class _Project:
    """A target, and what is given to its scripts."""

    def __init__(self, target: Target, placeholders: Mapping[str, str]) -> None:
        self.target = target
        self.missing = Missing()  # of all scripts, but for those that only verify
        self._placeholders = placeholders

    def migration(self, plan: Plan, change: Change, place: int) -> Migration:
        """Read a change's scripts.

        Raises:
            MigrationError: There is no deploy script.
        """
        name = self._name(change)
        path = self._path("deploy", change, name)
        if not path.is_file():
            raise MigrationError(
                f'"{path}", the deploy script of "{name}", does not exist', hint=f'"{self.target.plan}" has the change'
            )
        return Migration(
            version=place,
            name=change.line.name,
            path=path,
            up=self._script(path, "deploy", missing=self.missing),
            down=self._revert(change, name),
            key=change.id,
            title=name,
            checksum=hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest(),
            verify=self._verify(change, name),
            notes=tuple(f"requires {other} of another project, which is not run" for other in change.elsewhere),
            project=plan.project,
        )

    def _name(self, change: Change) -> str:
        """Return what sqitch calls a change, and its scripts: one reworked later by the tag that has its script."""
        name = change.line.name
        tagged = [f"{name}@{tag}" for tag in change.reworked]
        return next((found for found in tagged if self._path("deploy", change, found).is_file()), (*tagged, name)[0])

    def _path(self, kind: str, change: Change, name: str) -> Path:
        folder = self.target.scripts(kind, reworked=bool(change.reworked))
        return folder / f"{name}.{self.target.extension}"

    def _revert(self, change: Change, name: str) -> Script | None:
        path = self._path("revert", change, name)
        script = self._script(path, "deploy", "revert", missing=self.missing) if path.is_file() else None
        return None if script is None or all(map(_does_nothing, script.pieces or ())) else script

    def _verify(self, change: Change, name: str) -> Script | None:
        """Return the verify script; one that cannot be told beforehand is blind when it is to run."""
        path = self._path("verify", change, name)
        try:
            return self._script(path, "deploy", "verify") if path.is_file() else None
        except MigrationError as error:
            return Script(sql="", transaction=False, run=_Blind(error.message, error.hint))

    def _script(self, path: Path, *kinds: str, missing: Missing | None = None) -> Script:
        variables = {**self.target.variables(*kinds), **self._placeholders, "registry": self.target.registry}
        return read_script(path, variables=variables, root=self.target.root, missing=missing)


@dataclass(frozen=True, slots=True)
class _Blind:
    """Stands for a script that cannot be run here, and the reason."""

    reason: str
    hint: str | None

    def __call__(self, _connection: Connection) -> None:
        """Say so."""
        raise BlindError(self.reason, hint=self.hint)


def _does_nothing(piece: Piece) -> bool:
    return piece.rows is None and is_blank(piece.sql)


def _named(folder: Path) -> tuple[str, str] | None:
    """Return where its tables are, where sqitch.conf names another schema for them."""
    registry = target_of(folder).registry
    return None if registry == REGISTRY.schema else (registry, REGISTRY.name)


def read(connection: Connection, table: OwnTable) -> Sequence[Applied] | None:
    """Read `changes`: what is deployed, of all projects."""
    rows = rows_of(connection, table, _COLUMNS)
    if rows is None:
        return None
    return [
        # A table of before 2015 has the id where the script's hash belongs, until sqitch deploys to it again.
        Applied(key=key, name=name, at=at, checksum=None if script == key else script, project=project)
        for key, name, project, script, at in rows
    ]


FORMAT = Format(
    name="sqitch",
    tool="sqitch",
    looks_like=looks_like,
    load=load,
    lock=Lock.ADVISORY,  # lib/App/Sqitch/Engine/pg.pm, try_lock
    table=REGISTRY,
    named=_named,
    schemas=("sqitch",),
    reads=read,
    out_of_order=OutOfOrder.REFUSED,
)
