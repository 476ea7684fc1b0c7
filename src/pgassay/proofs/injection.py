"""A failure at each statement of a step that runs in a transaction: nothing of the step may stay.

The statements run once, not once for each place to fail at. What a transaction that fails leaves is what it has not
kept to itself, and that others see at once: so behind each statement another session looks at what is visible, which is
what a failure there would leave. Behind the last one the transaction fails indeed. A step escapes by what commits for
itself: dblink, a program that COPY starts, a background worker.

What no failure takes back is the position of sequences. It is no defect that they have gone on, unless running the step
again then leads elsewhere, as where rows are made by `nextval` and meant by number.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.errors import MigrationError
from pgassay.findings import Finding
from pgassay.migrations.model import Migration, Piece
from pgassay.migrations.rehearsal import statements_of
from pgassay.proofs.contents import Positions, moved_since, put_back, read_positions
from pgassay.proofs.round_trip import Compare
from pgassay.proofs.standing import Standing, changed, differing, stand
from pgassay.proofs.survival_wording import stays, stuck


class Stage(Protocol):
    """A database in which a step can be rehearsed."""

    def prepare(self, migration: Migration) -> None:
        """Have what the step's tool makes before the first one, such as its table."""

    def rehearse(self, migration: Migration, statements: Sequence[Piece]) -> Generator[Piece, None, None]:
        """Run the statements of a step's up in one transaction that fails behind the last of them."""

    def read(self) -> Catalog:
        """Read the whole catalog."""

    def look(self) -> psycopg.Connection[Any]:
        """Return a session of the server's own role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What failing has left.

    Attributes:
        is_tried: Whether it was let fail: not where the step runs in no transaction, or in those that it begins itself.
        stays: What stayed, or None.
        stuck: What keeps the step from being run again, for sequences have gone on; or None.
        failure: Why it could not be rehearsed; taking the step tells whether that is its own fault.
    """

    is_tried: bool = True
    stays: Finding | None = None
    stuck: Finding | None = None
    failure: MigrationError | None = None


def inject(stage: Stage, migration: Migration, compare: Compare) -> Aftermath:
    """Let a step fail behind each of its statements.

    Args:
        stage: Where all steps before it are applied. What is found to stay, stays there; sequences are put back.
        migration: The step.
        compare: What differs between two moments.
    """
    statements = statements_of(migration.up)
    if not statements:
        return Aftermath(is_tried=False)
    try:
        stage.prepare(migration)
    except MigrationError as error:
        return Aftermath(failure=error)
    before, stood, last = stand(stage), read_positions(stage.look()), statements[-1]
    try:
        last = _rehearse(stage, migration, statements, lambda: changed(before.catalog, stage.read(), compare)) or last
    except MigrationError as error:
        return Aftermath(failure=error, stays=_staying(stage, migration, last, before, compare))
    if (stays := _staying(stage, migration, last, before, compare)) is not None:
        return Aftermath(stays=stays)
    return Aftermath(stuck=_again(stage, migration, statements, stood))


def _again(stage: Stage, migration: Migration, statements: Sequence[Piece], stood: Positions) -> Finding | None:
    """Run it once more where the first time has moved sequences, and put these where they stood."""
    moved = moved_since(stage.look(), stood)
    if not moved:
        return None
    try:
        _rehearse(stage, migration, statements, lambda: ())
    except MigrationError as error:
        return stuck(migration, f"line {statements[-1].line}", error.text)
    finally:
        put_back(stage.look(), moved)
    return None


def _rehearse(
    stage: Stage, migration: Migration, statements: Sequence[Piece], leaves: Callable[[], Sequence[str]]
) -> Piece | None:
    """Return the first statement behind which others see something new."""
    with closing(stage.rehearse(migration, statements)) as rehearsal:
        return next((statement for statement in rehearsal if leaves()), None)


def _staying(stage: Stage, migration: Migration, last: Piece, before: Standing, compare: Compare) -> Finding | None:
    left = differing(before, stand(stage), compare)
    return stays(migration, f"line {last.line}", ", ".join(left)) if left else None
