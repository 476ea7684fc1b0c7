"""The round trip: every migration goes up, comes down without a trace, and goes up again to the same place.

One walk serves all steps. After a bad step the walk goes on from a fresh database that was brought up to that step, so
that each defect is reported once, at its own step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.errors import ContractError, PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration
from pgassay.proofs.known_traces import Moments, explained
from pgassay.proofs.wording import (
    WAY_DOWN,
    at,
    failed,
    label,
    no_down,
    passes_over,
    reversible,
    title,
    unprepared,
    unreachable,
    way_down_ends_above,
)

TOO_MANY_COLUMNS = "54011"
"""SQLSTATE: a table has had 1,600 columns, those that were dropped included."""

Compare = Callable[[Catalog, Catalog], tuple[Finding, ...]]
"""Expected and actual catalog of one database at two moments, to findings."""


class Road(Protocol):
    """A database on which migrations go up and down."""

    def up(self, migration: Migration) -> None:
        """Apply what is not applied yet, up to this step."""

    def down(self, migration: Migration) -> None:
        """Undo the last step."""

    def pass_over(self, migration: Migration) -> None:
        """Count the last step as undone, and leave what it made."""

    def read(self) -> Catalog:
        """Read the whole catalog."""

    def look(self) -> psycopg.Connection[Any]:
        """Return a session of the server's own role."""

    def copy(self) -> Road:
        """Make another database like this one; it ends with this one."""

    def close(self) -> None:
        """Drop the database."""


Build = Callable[[], Road]
"""Makes a fresh database, prepared by init, with no migration applied."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found.

    Attributes:
        steps: One report a migration, by version.
        way_down: The report of the way from the head all the way down and up again.
    """

    steps: dict[int, Report]
    way_down: Report


def walk(migrations: Sequence[Migration], *, build: Build, compare: Compare) -> Walk:
    """Walk through all migrations once.

    Args:
        migrations: In order.
        build: Makes a fresh database.
        compare: What differs between two moments.

    Returns:
        A report for each migration, and one for the way down from the head.
    """
    with closing(_Walker(build=build, compare=compare)) as walker:
        try:
            walker.stand()
        except ContractError as error:  # an answer too, else whoever asks for the next step would try once more
            return _not_begun(migrations, error)
        steps = {migration.version: walker.step(migration) for migration in migrations}
        return Walk(steps, walker.way_down(migrations))


def _not_begun(migrations: Sequence[Migration], error: PgassayError) -> Walk:
    steps = {m.version: Report(title=title(m), findings=(unprepared(label(m), error),)) for m in migrations}
    return Walk(steps, Report(title=WAY_DOWN, findings=(unprepared(WAY_DOWN, error),)))


@dataclass(slots=True)
class _Walker:
    """The database that is walked on, and what is applied there."""

    build: Build
    compare: Compare
    base: Road | None = None  # what was built from nothing, and has the server
    road: Road | None = None  # that one, or a copy of the checkpoint
    checkpoint: Road | None = None  # a copy of where the walk began anew the last time
    here: Catalog | None = None
    after: Catalog | None = None  # where the up of the step led at first
    bottom: Catalog | None = None  # where the way down from the head will end
    left: set[str] = field(default_factory=set)  # objects of steps that are passed over on the way down
    applied: list[Migration] = field(default_factory=list)
    defective: list[Migration] = field(default_factory=list)
    stopped: Migration | None = None  # the step whose up fails: what comes after it cannot be reached

    def step(self, migration: Migration) -> Report:
        """Take one step up, down and up, and leave the walk behind it, wherever that is possible."""
        began = time.perf_counter()
        if self.stopped is not None:
            return Report(title=title(migration), findings=(unreachable(label(migration), [self.stopped]),))
        findings = tuple(dict.fromkeys(self._there_and_back(migration)))
        if self.stopped is None and migration.irreversible is not None and migration.down is not None:
            findings = tuple(self._as_declared(migration, findings))
        elif contradict(findings):
            self.defective.append(migration)
            if self.stopped is None and migration.down is not None:
                findings += tuple(self._rebuild(migration))
        reason = migration.irreversible
        declared = () if reason is None else (f"{migration.label} is declared irreversible: {reason}",)
        return Report(
            title=title(migration),
            findings=findings,
            looked_at=1,
            notes=(*declared, *migration.notes),
            seconds=time.perf_counter() - began,
        )

    def _there_and_back(self, migration: Migration) -> Iterable[Finding]:
        road, before = self.stand()
        try:
            road = self._up(road, migration)
        except PgassayError as error:
            self.stopped = migration
            return [failed(migration, "up", error)]
        self.after = after = road.read()
        if migration.irreversible is not None and migration.down is None:
            self._arrive(migration, after)
            self._cannot_come_down(migration, before, after)
            return []
        if migration.irreversible is None:
            self.bottom = self.bottom or before
        if migration.down is None:
            self._arrive(migration, after)
            return [no_down(migration)]
        return self._back(road, migration, before, after)

    def _cannot_come_down(self, migration: Migration, before: Catalog, after: Catalog) -> None:
        """The way down ends above it, or passes over it: what it made stays, and is nobody else's defect."""
        if migration.passed_over:
            self.left.update(finding.object for finding in self.compare(before, after))
        else:
            self.bottom = None

    def _up(self, road: Road, migration: Migration) -> Road:
        """Apply a step; where going up and down has used up a table's column numbers, in a database made anew."""
        try:
            road.up(migration)
        except PgassayError as error:
            if error.sqlstate != TOO_MANY_COLUMNS:
                raise
            road = self._fresh()
            road.up(migration)
        return road

    def _down(self, road: Road, migration: Migration) -> Road:
        """Undo a step; one that adds columns again uses up their numbers, too."""
        try:
            road.down(migration)
        except PgassayError as error:
            if error.sqlstate != TOO_MANY_COLUMNS:
                raise
            road = self._up(self._fresh(), migration)
            road.down(migration)
        return road

    def _as_declared(self, migration: Migration, findings: Sequence[Finding]) -> Iterable[Finding]:
        """A step with a down that is declared irreversible elsewhere has to be so."""
        self.bottom = None
        return self._rebuild(migration) if contradict(findings) else [reversible(migration)]

    def _back(self, road: Road, migration: Migration, before: Catalog, after: Catalog) -> Iterable[Finding]:
        try:
            road = self._down(road, migration)
        except PgassayError as error:
            return [failed(migration, "down", error)]
        back = road.read()
        trace = self._seen(label(migration), "down-leaves-a-trace", before, back, told=before)
        if contradict(trace):
            return explained(trace, Moments(before, after, back))
        try:
            road = self._up(road, migration)
        except PgassayError as error:
            return [*trace, failed(migration, "second-up", error)]
        again = road.read()
        changed = self._seen(label(migration), "second-up-differs", after, again, told=before)
        if not contradict(changed):
            self._arrive(migration, again)
        return [*trace, *changed]

    def _seen(
        self,
        what: str,
        rule: str,
        expected: Catalog,
        actual: Catalog,
        *,
        told: Catalog | None = None,
        left: Collection[str] = (),
    ) -> list[Finding]:
        """Compare two moments.

        Args:
            what: The step, or the way down.
            rule: What a difference is called.
            expected: The earlier moment.
            actual: The later one.
            told: Where the step began: what could not be read there already is reported by the step that made it.
            left: Objects that may differ.
        """
        old = {spot.object for spot in told.blind} if told is not None else set()
        found = [finding for finding in self.compare(expected, actual) if finding.object not in left]
        return [at(what, f, rule) for f in found if f.outcome is Outcome.FAIL or f.object not in old]

    def way_down(self, migrations: Sequence[Migration]) -> Report:
        """Go from the head down as far as the declarations allow, and up again."""
        began = time.perf_counter()
        descent = list(takewhile(lambda m: m.irreversible is None or m.passed_over, reversed(migrations)))
        if self.defective:
            findings: Iterable[Finding] = [unreachable(WAY_DOWN, self.defective)]
        else:
            findings = self._descend(descent)
        rest = migrations[: len(migrations) - len(descent)]
        return Report(
            title=WAY_DOWN,
            findings=tuple(dict.fromkeys(findings)),
            looked_at=len(migrations),
            notes=(*way_down_ends_above(rest), *passes_over([m for m in descent if m.passed_over])),
            seconds=time.perf_counter() - began,
        )

    def _descend(self, descent: Sequence[Migration]) -> Iterable[Finding]:
        if self.bottom is None:  # the newest step is irreversible
            return []
        road, head = self.stand()
        stuck = _go_down(road, descent)
        if stuck is not None and stuck[1].sqlstate == TOO_MANY_COLUMNS:  # used up by the walk up to here
            road = self._up(self._fresh(), descent[0])
            stuck = _go_down(road, descent)
        if stuck is not None:
            return [failed(stuck[0], "way-down", stuck[1])]
        trace = self._seen(WAY_DOWN, "way-down-leaves-a-trace", self.bottom, road.read(), left=self.left)
        if contradict(trace):
            return trace
        for migration in reversed(descent):
            try:
                road = self._up(road, migration)
            except PgassayError as error:
                return [failed(migration, "way-up", error)]
        return [*trace, *self._seen(WAY_DOWN, "way-up-differs", head, road.read())]

    def stand(self) -> tuple[Road, Catalog]:
        """Return the database and its catalog, made at first use."""
        road = self.road or self._fresh()
        if self.here is None:
            self.here = road.read()
        return road, self.here

    def _arrive(self, migration: Migration, catalog: Catalog) -> None:
        self.applied.append(migration)
        self.here = catalog

    def _rebuild(self, migration: Migration) -> Iterable[Finding]:
        """Start anew behind a bad step: what it left must not count against later ones."""
        applied = [*self.applied, migration]
        try:
            road = self._from_checkpoint(migration) or self._fresh()
            road.up(migration)
        except PgassayError as error:
            self.stopped = migration
            return [failed(migration, "rebuild", error)]
        self.applied = applied
        self.checkpoint, old = road.copy(), self.checkpoint
        if old is not None:
            old.close()
        return []

    def _from_checkpoint(self, migration: Migration) -> Road | None:
        """Go on from the checkpoint; None where that does not lead where the step did, as with a role left over."""
        if self.checkpoint is None or self.after is None:
            return None
        self._leave()
        self.road = self.checkpoint.copy()
        try:
            self.road.up(migration)
        except PgassayError:
            return None
        self.here = self.road.read()
        return None if contradict(self.compare(self.after, self.here)) else self.road

    def _fresh(self) -> Road:
        self.close()
        self.base = self.road = self.build()
        return self.road

    def _leave(self) -> None:
        """Drop what is walked on, unless it has the server."""
        if self.road is not None and self.road is not self.base:
            self.road.close()
        self.road = self.here = None

    def close(self) -> None:
        """Drop every database."""
        self._leave()
        for road in (self.checkpoint, self.base):
            if road is not None:
                road.close()
        self.checkpoint = self.base = None


def _go_down(road: Road, descent: Sequence[Migration]) -> tuple[Migration, PgassayError] | None:
    """Undo steps, the last one first; return the one at which that ends, and why."""
    for migration in descent:
        try:
            (road.pass_over if migration.passed_over else road.down)(migration)
        except PgassayError as error:
            return migration, error
    return None


def contradict(findings: Iterable[Finding]) -> bool:
    """Say whether any of these is a defect; what could not be read is none, and nothing to stop for."""
    return any(finding.outcome is Outcome.FAIL for finding in findings)
