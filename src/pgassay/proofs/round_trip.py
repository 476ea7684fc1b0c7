"""The round trip: every migration goes up, comes down without a trace, and goes up again to the same place.

One walk serves all steps. After a bad step the walk goes on from a fresh database that was brought up to that step, so
that each defect is reported once, at its own step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Protocol

from pgassay.catalog.catalog import Catalog
from pgassay.errors import PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration

Compare = Callable[[Catalog, Catalog], tuple[Finding, ...]]
"""Expected and actual catalog of one database at two moments, to findings."""

WAY_DOWN = "all the way down and up"


class Road(Protocol):
    """A database on which migrations go up and down."""

    def up(self, migration: Migration) -> None:
        """Apply the one step after those that are applied."""

    def down(self, migration: Migration) -> None:
        """Undo the last step."""

    def read(self) -> Catalog:
        """Read the whole catalog."""

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
    walker = _Walker(build=build, compare=compare)
    try:
        steps = {migration.version: walker.step(migration) for migration in migrations}
        return Walk(steps, walker.way_down(migrations))
    finally:
        walker.close()


@dataclass(slots=True)
class _Walker:
    """The database that is walked on, and what is applied there."""

    build: Build
    compare: Compare
    road: Road | None = None
    here: Catalog | None = None
    bottom: Catalog | None = None  # where the way down from the head will end
    applied: list[Migration] = field(default_factory=list)
    defective: list[Migration] = field(default_factory=list)
    stopped: Migration | None = None  # the step whose up fails: what comes after it cannot be reached

    def step(self, migration: Migration) -> Report:
        """Take one step up, down and up, and leave the walk behind it, wherever that is possible."""
        began = time.perf_counter()
        if self.stopped is not None:
            return Report(title=_title(migration), findings=(_unreachable(_label(migration), [self.stopped]),))
        findings = tuple(self._there_and_back(migration))
        if findings:
            self.defective.append(migration)
            if self.stopped is None:
                findings += tuple(self._rebuild(migration))
        reason = migration.irreversible
        return Report(
            title=_title(migration),
            findings=findings,
            looked_at=1,
            notes=(f"{migration.label} is declared irreversible: {reason}",) if reason is not None else (),
            seconds=time.perf_counter() - began,
        )

    def _there_and_back(self, migration: Migration) -> Iterable[Finding]:
        road, before = self._stand()
        try:
            road.up(migration)
        except PgassayError as error:
            self.stopped = migration
            return [_failed(migration, "up", error)]
        after = road.read()
        if migration.irreversible is not None:
            self._arrive(migration, after)
            self.bottom = None
            return []
        self.bottom = self.bottom or before
        if migration.down is None:
            return [_no_down(migration)]
        return self._back(road, migration, before, after)

    def _back(self, road: Road, migration: Migration, before: Catalog, after: Catalog) -> Iterable[Finding]:
        try:
            road.down(migration)
        except PgassayError as error:
            return [_failed(migration, "down", error)]
        if trace := self.compare(before, road.read()):
            return [_at(_label(migration), finding, "down-leaves-a-trace") for finding in trace]
        try:
            road.up(migration)
        except PgassayError as error:
            return [_failed(migration, "second-up", error)]
        again = road.read()
        if changed := self.compare(after, again):
            return [_at(_label(migration), finding, "second-up-differs") for finding in changed]
        self._arrive(migration, again)
        return []

    def way_down(self, migrations: Sequence[Migration]) -> Report:
        """Go from the head down as far as the declarations allow, and up again."""
        began = time.perf_counter()
        descent = list(takewhile(lambda migration: migration.irreversible is None, reversed(migrations)))
        if self.defective:
            findings: Iterable[Finding] = [_unreachable(WAY_DOWN, self.defective)]
        else:
            findings = self._descend(descent)
        rest = migrations[: len(migrations) - len(descent)]
        return Report(
            title=WAY_DOWN,
            findings=tuple(findings),
            looked_at=len(migrations),
            notes=(f"the way down ends above {rest[-1].label}, which is declared irreversible",) if rest else (),
            seconds=time.perf_counter() - began,
        )

    def _descend(self, descent: Sequence[Migration]) -> Iterable[Finding]:
        if not descent:
            return []
        road, head = self._stand()
        for migration in descent:
            try:
                road.down(migration)
            except PgassayError as error:
                return [_failed(migration, "way-down", error)]
        if self.bottom is not None and (trace := self.compare(self.bottom, road.read())):
            return [_at(WAY_DOWN, finding, "way-down-leaves-a-trace") for finding in trace]
        for migration in reversed(descent):
            try:
                road.up(migration)
            except PgassayError as error:
                return [_failed(migration, "way-up", error)]
        return [_at(WAY_DOWN, finding, "way-up-differs") for finding in self.compare(head, road.read())]

    def _stand(self) -> tuple[Road, Catalog]:
        """Return the database and its catalog, made at first use."""
        if self.road is None:
            self.road = self.build()
        if self.here is None:
            self.here = self.road.read()
        return self.road, self.here

    def _arrive(self, migration: Migration, catalog: Catalog) -> None:
        self.applied.append(migration)
        self.here = catalog

    def _rebuild(self, migration: Migration) -> Iterable[Finding]:
        """Start anew behind a bad step: what it left must not count against later ones."""
        self.close()
        applied = [*self.applied, migration]
        try:
            self.road = self.build()
            for step in applied:
                self.road.up(step)
        except PgassayError as error:
            self.stopped = migration
            return [_failed(migration, "rebuild", error)]
        self.applied = applied
        return []

    def close(self) -> None:
        """Drop the database."""
        if self.road is not None:
            self.road.close()
        self.road = self.here = None


def _title(migration: Migration) -> str:
    return f"round trip of {migration.label}"


def _label(migration: Migration) -> str:
    return f"migration {migration.label}"


_DOING = {
    "up": "the up runs to its end",
    "down": "the down runs to its end",
    "second-up": "the up runs to its end once more, after the down",
    "rebuild": "the migrations up to here can be applied to a fresh database",
    "way-down": "the down runs to its end on the way from the head",
    "way-up": "the up runs to its end after the way down from the head",
}


def _failed(migration: Migration, going: str, error: PgassayError) -> Finding:
    return Finding(
        rule=f"{going}-fails",
        object=_label(migration),
        expected=_DOING[going],
        found=error.message if error.sqlstate is None else f"{error.message} [{error.sqlstate}]",
        mend=error.hint or f"mend {migration.path.name}",
    )


def _no_down(migration: Migration) -> Finding:
    return Finding(
        rule="down-missing",
        object=_label(migration),
        expected="a down, or a declaration that there is none",
        found='nothing to run behind "-- migrate:down"',
        mend='write the down, or say "-- migrate:down irreversible: the reason"',
    )


def _unreachable(what: str, causes: Sequence[Migration]) -> Finding:
    names = ", ".join(migration.label for migration in causes)
    return Finding(
        rule="not-run",
        object=what,
        expected="a way to get there",
        found=f"not run, for {names} {'has a defect' if len(causes) == 1 else 'have defects'}",
        mend=f"mend {names} first",
    )


def _at(what: str, finding: Finding, rule: str) -> Finding:
    """Turn a difference between two moments into a finding about a step or the way down."""
    blind = finding.outcome is Outcome.BLIND
    return replace(
        finding,
        rule=finding.rule if blind else rule,
        object=f"{what}: {finding.object}",
        mend=finding.mend if blind or "up" in rule else f"-- in the down:\n{finding.mend}",
    )
