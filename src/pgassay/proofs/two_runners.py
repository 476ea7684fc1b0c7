"""Two runners at once: of a step that both take, one must be undone or have no effect.

Where a tool keeps a second runner out, nothing is tried. Where it does not, both take the step in a copy, and what
comes of it is compared with what one makes: the catalog, and how many rows each table has. Most steps make something
that has a name, so the second runner fails, and all is well; rows, and what gets its name by itself, come twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Protocol

from pgassay.errors import ContractError, MigrationError, PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration
from pgassay.migrations.sources.format import Format, Lock
from pgassay.proofs.contents import Name, count_rows, other_counts, read_shared
from pgassay.proofs.round_trip import Compare, Road
from pgassay.proofs.wording import failed, label, unprepared, unreachable

_OURS = "pgassay takes an advisory lock: of two runners one waits"


class Course(Road, Protocol):
    """A database in which two sessions can take a step at once."""

    def copy(self) -> Course:
        """Make another database like this one."""

    def race(self, migration: Migration) -> bool:
        """Take the next step in two sessions at once, and tell whether both came through."""


def race_all(
    migrations: Sequence[Migration], *, tool: Format | None, build: Callable[[], Course], compare: Compare
) -> dict[int, Report]:
    """Let two runners take each step that nothing keeps them from taking.

    Args:
        migrations: In order.
        tool: Whose they are; None: ours.
        build: Makes a fresh database; not called where all steps are guarded.
        compare: What differs between two databases.

    Returns:
        A report for each, by version.
    """
    guards = {migration.version: guard(tool, migration) for migration in migrations}
    if tool is None or all(guards.values()):
        return _with_notes({m.version: Report(title=_title(m), looked_at=1) for m in migrations}, guards)
    try:
        course = build()
    except ContractError as error:
        return {m.version: Report(title=_title(m), findings=(unprepared(label(m), error),)) for m in migrations}
    with closing(course):
        races = _Races(course, tool, compare)
        reports = {m.version: races.report(m, guarded=bool(guards[m.version])) for m in migrations}
    return _with_notes(reports, guards)


def _with_notes(reports: Mapping[int, Report], guards: dict[int, str]) -> dict[int, Report]:
    """Say once, at the first of them, why some are not tried."""
    firsts = {text: version for version, text in reversed(guards.items()) if text}
    notes = {version: (text,) for text, version in firsts.items()}
    return {version: replace(report, notes=notes.get(version, ())) for version, report in reports.items()}


def guard(tool: Format | None, migration: Migration) -> str:
    """Say what keeps a second runner from a step; an empty text: nothing does."""
    if tool is None:
        return _OURS
    whole = migration.up.transaction or migration.up.pipeline
    if tool.lock is Lock.NONE or (tool.lock is Lock.KEY and not whole):
        return ""
    return f"{tool.tool} {tool.lock}: of two runners one {'is undone' if tool.lock is Lock.KEY else 'waits'}"


class _Races:
    """The database that is brought up one by one, and what has become of it."""

    def __init__(self, course: Course, tool: Format, compare: Compare) -> None:
        self._course, self._tool, self._compare = course, tool, compare
        self._stopped: Migration | None = None

    def report(self, migration: Migration, *, guarded: bool) -> Report:
        if self._stopped is not None:
            return Report(title=_title(migration), findings=(unreachable(label(migration), [self._stopped]),))
        began = time.perf_counter()
        findings = tuple(self._take(migration, guarded=guarded))
        seconds = time.perf_counter() - began
        return Report(title=_title(migration), findings=findings, looked_at=1, seconds=seconds)

    def _take(self, migration: Migration, *, guarded: bool) -> Iterator[Finding]:
        try:
            if guarded:
                self._course.up(migration)
            else:
                yield from self._race(migration)
        except PgassayError as error:
            self._stopped = migration
            yield failed(migration, "up", error)

    def _race(self, migration: Migration) -> Iterator[Finding]:
        before = read_shared(self._course.look())
        with closing(self._course.copy()) as copy:
            self._course.up(migration)
            if before != read_shared(self._course.look()):
                yield _untried(migration, "it makes or alters roles, memberships or tablespaces, which copies share")
                return
            try:
                twice = copy.race(migration)
            except MigrationError as error:
                yield _untried(migration, f"it fails in a copy: {error.text}")
                return
            if twice or not migration.up.transaction:  # what fails in a transaction has no effect
                yield from self._differing(migration, copy)

    def _differing(self, migration: Migration, copy: Course) -> Iterator[Finding]:
        found = self._compare(self._course.read(), copy.read())
        objects = sorted({finding.object for finding in found if finding.outcome is Outcome.FAIL})
        rows = other_counts(self._counts(self._course), self._counts(copy))
        if objects or rows:
            yield _runs_twice(migration, self._tool, [*objects, *rows])

    def _counts(self, course: Course) -> Mapping[Name, int]:
        """Count rows, but for the tool's own: what it writes down is no effect of the step."""
        own, schemas = {self._tool.table.name, *self._tool.table.siblings}, self._tool.schemas
        found = count_rows(course.look()).items()
        return {name: count for name, count in found if name[1] not in own and name[0] not in schemas}


def _runs_twice(migration: Migration, tool: Format, effects: Sequence[str]) -> Finding:
    return Finding(
        rule="runs-twice",
        object=label(migration),
        expected="of two runners one fails, or has no effect",
        found=f"{tool.tool} keeps no second runner out, and where both take it, these are not as one makes them: "
        f"{', '.join(effects)}",
        mend="let something in it be possible once only (a name, a key that the rows violate), or run one runner alone",
    )


def _untried(migration: Migration, why: str) -> Finding:
    return Finding(
        rule="not-tried",
        object=label(migration),
        expected="to be taken by two runners at once",
        found=why,
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )


def _title(migration: Migration) -> str:
    return f"two runners of {migration.label}"
