"""Merge order: a branch's older migration, applied behind main's newer ones, must lead where it leads in its own place.

Each of the newest migrations is left out in its turn, what comes behind it is applied, then it itself, and the catalog
is compared with the head's. What fails without it rests on it, so it is of the same branch, and waits for it. Only the
newest are tried, for a branch is young: all of them would take time with the square of their number.

Two branches that add a column to one table are nothing out of the ordinary, and whichever comes first, no file could be
written so that the columns come in the same order: where that is all that differs, it is said, and no defect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Aspect
from pgassay.catalog.reporting import RULES
from pgassay.errors import ContractError, MigrationError, PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration
from pgassay.migrations.rehearsal import pieces_of
from pgassay.proofs.contents import read_shared
from pgassay.proofs.round_trip import Compare, Road
from pgassay.proofs.wording import failed, label, unprepared

MERGE_ORDER = "merge order"
_MEND = (
    "give it a place behind the head before it is merged; accept it where it was applied everywhere in its own place"
)


class Fork(Road, Protocol):
    """A database to which migrations can be applied in another order."""

    def copy(self) -> Fork:
        """Make another database like this one."""

    def apply(self, migration: Migration) -> None:
        """Apply a step, whatever else is applied."""


def reorder(
    migrations: Sequence[Migration],
    *,
    newest: int,
    may_be_late: Callable[[Migration], bool],
    build: Callable[[], Fork],
    compare: Compare,
) -> Report:
    """Apply each of the newest migrations behind all that come after it.

    Args:
        migrations: In order.
        newest: How many of them, 1 or more.
        may_be_late: Whether its tool would do that.
        build: Makes a fresh database.
        compare: What differs between two databases.
    """
    began = time.perf_counter()
    window = migrations[-newest:]
    try:
        with closing(_Orders(build(), compare)) as orders:
            orders.try_all(migrations[: -newest or None], window, may_be_late)
    except ContractError as error:
        return Report(title=MERGE_ORDER, findings=(unprepared(MERGE_ORDER, error),))
    note = (
        f"the newest {len(window)} of {len(migrations)} migrations were applied last in their turn "
        f"(assay_merge_steps = {newest}); {orders.needed} of them are what all behind them rest on"
    )
    return Report(
        title=MERGE_ORDER,
        findings=tuple(orders.findings),
        looked_at=len(window),
        notes=(note, *_only_reordered(orders.reordered)),
        seconds=time.perf_counter() - began,
    )


@dataclass(slots=True)
class _Orders:
    """The database in which all goes its regular way, and what the other ways led to."""

    fork: Fork
    compare: Compare
    findings: list[Finding] = field(default_factory=list)
    late: list[tuple[Migration, Catalog]] = field(default_factory=list)
    reordered: dict[str, str] = field(default_factory=dict)  # by migration: a table with another order of columns
    needed: int = 0  # how many could not be left out of anything

    def try_all(
        self, before: Sequence[Migration], window: Sequence[Migration], may_be_late: Callable[[Migration], bool]
    ) -> None:
        current = window[0]
        try:
            for current in before:
                self.fork.up(current)
            for n, current in enumerate(window):
                newer = window[n + 1 :]
                if newer and may_be_late(current) and not self._try(current, newer):
                    return
                self.fork.up(current)
        except PgassayError as error:
            self.findings[:] = [failed(current, "up", error)]  # what fails in its own place says nothing of others'
            return
        self._conclude()

    def _try(self, migration: Migration, newer: Sequence[Migration]) -> bool:
        """Apply one behind all newer ones; False: what the copies share has changed, and nothing more can be tried."""
        shared = read_shared(self.fork.look())
        with closing(self.fork.copy()) as copy:
            self._go(copy, migration, newer)
        if shared == read_shared(self.fork.look()):
            return True
        self.findings.append(_untried(migration))
        return False

    def _go(self, copy: Fork, migration: Migration, newer: Sequence[Migration]) -> None:
        waiting = [migration]
        for step in newer:
            if _rests_on(step, waiting) or not _can_be_applied(copy, step):
                waiting.append(step)
        if len(waiting) > len(newer):
            self.needed += 1
            return
        for step in waiting:
            try:
                copy.apply(step)
            except MigrationError as error:
                self.findings.append(_fails_late(migration, step, error))
                return
        self.late.append((migration, copy.read()))

    def _conclude(self) -> None:
        head = self.fork.read()
        self.findings += self.compare(head, head)  # what cannot be read, once
        for migration, catalog in self.late:
            self._tell(migration, [f for f in self.compare(head, catalog) if f.outcome is Outcome.FAIL])

    def _tell(self, migration: Migration, differing: Sequence[Finding]) -> None:
        for finding in differing:
            if finding.rule == RULES[Aspect.COLUMN_ORDER]:
                self.reordered.setdefault(migration.label, finding.object)
            else:
                what = f"{label(migration)}, applied last: {finding.object}"
                self.findings.append(replace(finding, rule="order-matters", object=what, mend=_MEND))

    def close(self) -> None:
        self.fork.close()


def _rests_on(step: Migration, waiting: Sequence[Migration]) -> bool:
    """Tell whether a step says so itself, where the tool's migrations are a graph."""
    keys = {migration.key for migration in waiting}
    return step.parents is not None and not keys.isdisjoint(step.parents)


def _can_be_applied(fork: Fork, step: Migration) -> bool:
    """Apply a step, if that is possible; where it is not, nothing of it may stay."""
    try:
        if not _is_whole(step):
            with closing(fork.copy()) as trial:
                trial.apply(step)
        fork.apply(step)
    except MigrationError:
        return False
    return True


def _is_whole(step: Migration) -> bool:
    """Tell whether a step that fails leaves nothing: one query does not, unless it builds an index meanwhile."""
    pieces = pieces_of(step.up)
    alone = len(pieces) == 1 and "concurrently" not in pieces[0].sql.lower()
    return step.up.transaction or step.up.pipeline or alone


def _only_reordered(tables: Mapping[str, str]) -> Iterator[str]:
    """Say where columns come in another order; with the leniency `column-order` that is not even looked at."""
    if tables:
        said = ", ".join(f"{name} ({table})" for name, table in tables.items())
        yield f"columns come in another order where one of these is applied last, which no file can help: {said}"


def _fails_late(migration: Migration, step: Migration, error: MigrationError) -> Finding:
    return Finding(
        rule="order-matters",
        object=f"{label(migration)}, applied last",
        expected="it can be applied behind the newer ones that do not rest on it",
        found=error.text if step is migration else f'then "{step.label}" fails: {error.text}',
        mend=_MEND,
    )


def _untried(migration: Migration) -> Finding:
    return Finding(
        rule="not-tried",
        object=f"{label(migration)}, applied last",
        expected="to be applied behind newer ones, and to lead to the same catalog",
        found="among these are such as make or alter roles, memberships or tablespaces, which the copies share",
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )
