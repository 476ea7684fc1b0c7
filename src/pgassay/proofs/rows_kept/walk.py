"""The round trip with rows: up, down and up again, with rows in every table before each step.

What it finds stands apart from the schema's round trip, which it takes for granted: that a step fails on empty tables
too, or leaves a trace in the schema, is the other's to say. Which of the two it is tells a second database, without any
rows but those of the migrations themselves; behind a bad step the walk goes on from a copy of that one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from pgassay.catalog.catalog import Catalog
from pgassay.errors import ContractError, PgassayError
from pgassay.findings import Finding, Report
from pgassay.migrations.model import Migration
from pgassay.proofs.round_trip import TOO_MANY_COLUMNS, Build, Compare, Road, contradict
from pgassay.proofs.rows_kept.damage import compare_rows
from pgassay.proofs.rows_kept.snapshot import Snapshot, TableName
from pgassay.proofs.rows_kept.stock import Stock, touched
from pgassay.proofs.rows_kept.without_rows import WithoutRows
from pgassay.proofs.rows_kept.wording import (
    damage_findings,
    fails_on_rows,
    fails_without_rows,
    not_filled,
    not_read,
    title,
)
from pgassay.proofs.wording import failed, label, unprepared, unreachable

_OF_OUR_MAKING = {TOO_MANY_COLUMNS, "2BP01"}
"""SQLSTATEs: column numbers used up by going up and down; a role of which the other database has something, too."""


def keep_rows(migrations: Sequence[Migration], *, build: Build, compare: Compare, stock: Stock) -> dict[int, Report]:
    """Walk through all migrations once, with rows in every table.

    Args:
        migrations: In order.
        build: Makes a fresh database.
        compare: What differs between two moments of the schema.
        stock: Puts the rows in.

    Returns:
        A report for each migration, by version.
    """
    try:
        road = build()
    except ContractError as error:
        return {m.version: Report(title=title(m), findings=(unprepared(label(m), error),)) for m in migrations}
    with closing(_Walker(build, road, WithoutRows(build), compare, stock)) as walker:
        walker.arrive(road.read())
        return {migration.version: walker.step(migration) for migration in migrations}


class _StepFailed(Exception):  # noqa: N818 - never leaves this module
    """One way of a step failed."""

    def __init__(self, going: str, error: PgassayError) -> None:
        super().__init__(going)
        self.going, self.error = going, error


@dataclass(slots=True)
class _Walker:
    """The database that is walked on, and where the walk stands."""

    build: Build
    road: Road
    without_rows: WithoutRows
    compare: Compare
    stock: Stock
    here: Catalog = field(init=False)
    last: Migration | None = None
    stopped: Migration | None = None  # the step that has no way up: what comes after it cannot be reached

    def step(self, migration: Migration) -> Report:
        """Take one step up, down and up, and leave the walk behind it, wherever that is possible."""
        began = time.perf_counter()
        if self.stopped is not None:
            return Report(title=title(migration), findings=(unreachable(label(migration), [self.stopped]),))
        findings = tuple(self._there_and_back(migration))
        self.last = migration
        return Report(
            title=title(migration),
            findings=findings,
            looked_at=1,
            notes=tuple(_only_up(migration)),
            seconds=time.perf_counter() - began,
        )

    def _there_and_back(self, migration: Migration) -> Iterator[Finding]:
        try:
            yield from self._tried(migration)
        except _StepFailed as failure:
            yield from self._judged(migration, failure)

    def _tried(self, migration: Migration) -> Iterator[Finding]:
        _go("up", self._up, migration)
        after = self.road.read()
        yield from self._blind(migration, touched(self.here, after))
        if migration.down is None or migration.irreversible is not None:
            self.arrive(after)
            return
        _go("down", self._down, migration)
        before, rows, back = self.here, self.stock.rows, self.road.read()
        yield from self._damage(migration, rows, back)
        if contradict(self.compare(before, back)):
            yield from self._renew(migration)
            return
        _go("second-up", self._up, migration)
        again = self.road.read()
        if contradict(self.compare(after, again)):
            yield from self._renew(migration)
        else:
            self.arrive(again)

    def _up(self, migration: Migration) -> None:
        """Apply a step; where what the walk itself has made is in its way, in a database made anew."""
        try:
            self.road.up(migration)
        except PgassayError as error:
            if error.sqlstate not in _OF_OUR_MAKING or self.last is None:
                raise
            self._begin_anew(self.last)
            self.road.up(migration)

    def _down(self, migration: Migration) -> None:
        """Undo a step; one that adds columns again uses up their numbers, too."""
        try:
            self.road.down(migration)
        except PgassayError as error:
            if error.sqlstate != TOO_MANY_COLUMNS or self.last is None:
                raise
            self._begin_anew(self.last)
            self.road.up(migration)
            self.road.down(migration)

    def _begin_anew(self, migration: Migration) -> None:
        self.close()
        self.road = self.build()
        self.road.up(migration)
        self._settle()

    def _blind(self, migration: Migration, changed: Collection[TableName]) -> Iterator[Finding]:
        """Yield tables without rows that a step touches: their definition, or by what its SQL says."""
        script = f"{migration.up.sql} {migration.down.sql if migration.down else ''}".lower()
        for word, tables in ((not_filled, self.stock.wanting), (not_read, self.stock.unreadable)):
            for table, why in sorted(tables.items()):
                if table in changed or table[1].lower() in script:
                    yield word(migration, table, why)

    def _damage(self, migration: Migration, before: Snapshot, catalog: Catalog) -> Iterator[Finding]:
        after, unread = self.stock.look(self.road.look(), catalog)
        damages = {table: compare_rows(before[table], rows) for table, rows in after.items() if rows != before[table]}
        yield from damage_findings(migration, damages, catalog)
        for table, why in unread.items():
            yield not_read(migration, table, why)

    def _judged(self, migration: Migration, failure: _StepFailed) -> Iterator[Finding]:
        """Tell whether it was the rows, and go on behind the step."""
        self.road.close()
        try:
            self.without_rows.at(migration)
        except PgassayError as error:
            self.stopped = migration
            yield fails_without_rows(migration, "up") if failure.going == "up" else failed(migration, "rebuild", error)
            return
        if failure.going != "up" and self.without_rows.fails_too(migration, failure.going):
            yield fails_without_rows(migration, failure.going)
        else:
            yield fails_on_rows(migration, failure.going, failure.error)
        yield from self._renew(migration)

    def _renew(self, migration: Migration) -> Iterator[Finding]:
        """Go on from where the step leads at once: what it left must not count against later ones."""
        try:
            self._stand_behind(migration)
        except PgassayError as error:
            self.stopped = migration
            yield failed(migration, "rebuild", error)

    def _stand_behind(self, migration: Migration) -> None:
        self.road.close()
        self.road = self.without_rows.at(migration).copy()
        self._settle()

    def _settle(self) -> None:
        self.stock.empty()
        self.arrive(self.road.read())

    def arrive(self, catalog: Catalog) -> None:
        """Stand where the catalog says, with rows in every table."""
        self.stock.lay_in(self.road.look(), catalog)
        self.here = catalog

    def close(self) -> None:
        """Drop every database."""
        self.road.close()
        self.without_rows.close()


def _go(going: str, way: Callable[[Migration], None], migration: Migration) -> None:
    try:
        way(migration)
    except PgassayError as error:
        raise _StepFailed(going, error) from error


def _only_up(migration: Migration) -> Iterator[str]:
    if migration.irreversible is not None:
        yield f"{migration.label} is declared irreversible: {migration.irreversible}; only its up is tried"
    elif migration.down is None:
        yield f"{migration.label} has no down: only its up is tried"
