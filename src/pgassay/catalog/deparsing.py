"""Text that PostgreSQL writes from parse trees: in short transactions, each object at fault alone.

Writing it needs locks that a production ALTER TABLE has to wait for, and that wait for it. So it comes last, in batches
that take little, and one table that stays locked hides what depends on it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import psycopg

from pgassay.catalog.kind import Kind, Row
from pgassay.catalog.permissions import needed
from pgassay.catalog.session import rows_of
from pgassay.target import Reading, reading

BATCH_WEIGHT = 2_000  # objects whose locks are momentary; a view weighs as much as 100 of them
PATIENCE = 2.0  # seconds that one read waits for locks, all in all: a table of many parts may be locked for hours
LONGEST_WAIT, SHORTEST_WAIT = 0.2, 0.01  # seconds for one lock; somebody may be waiting behind us


class Wanted(NamedTuple):
    """One object whose text is to be written."""

    kind: Kind
    oid: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the text of one object could not be had."""

    reason: str
    sqlstate: str | None
    mend: str


Texts = Mapping[Wanted, Row | Refusal]


def deparse(connection: psycopg.Connection[Any], wanted: Iterable[Wanted], within: Reading = reading) -> Texts:
    """Have the texts of all these objects written.

    Args:
        connection: In autocommit, idle.
        wanted: The objects.
        within: What encloses each batch.

    Raises:
        psycopg.OperationalError: The connection is lost, or a standby's recovery was in the way.
    """
    deparser = _Deparser(connection, within)
    texts: dict[Wanted, Row | Refusal] = {}
    for batch in batches(wanted):
        texts.update(deparser.batch(batch))
    return texts


def batches(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Cut objects into batches by their weight."""
    batch: list[Wanted] = []
    weight = 0
    for one in wanted:
        weight += _weight(one)
        if batch and weight > BATCH_WEIGHT:
            yield batch
            batch, weight = [], _weight(one)
        batch.append(one)
    if batch:
        yield batch


def _weight(one: Wanted) -> int:
    return one.kind.deparse.weight if one.kind.deparse else 0


class _Deparser:
    """Has batches written, and waits for locks only as long as its patience lasts."""

    def __init__(self, connection: psycopg.Connection[Any], within: Reading) -> None:
        self._connection = connection
        self._within = within
        self._patience = PATIENCE

    def batch(self, batch: list[Wanted]) -> Texts:
        """Take a batch that fails apart until the object at fault stands alone."""
        wait = min(LONGEST_WAIT, max(SHORTEST_WAIT, self._patience / 4))
        try:
            return self._once(batch, wait)
        except psycopg.Error as error:
            if self._connection.closed or isinstance(error, psycopg.errors.SerializationFailure):
                raise  # the latter is a standby's recovery: all is read again
            if isinstance(error, psycopg.errors.LockNotAvailable):
                self._patience -= wait
            if len(batch) == 1:
                return {batch[0]: _refusal(self._connection, batch[0], error)}
        half = len(batch) // 2
        return {**self.batch(batch[:half]), **self.batch(batch[half:])}

    def _once(self, batch: list[Wanted], wait: float) -> Texts:
        by_kind = [(kind, [one.oid for one in group]) for kind, group in groupby(batch, key=lambda one: one.kind)]
        statements = [(kind.deparse.query, (oids,)) for kind, oids in by_kind if kind.deparse]
        with self._within(self._connection, lock_timeout=wait):
            answers = rows_of(self._connection, statements)
        return {Wanted(kind, row["oid"]): row for (kind, _), rows in zip(by_kind, answers, strict=True) for row in rows}


def _refusal(connection: psycopg.Connection[Any], one: Wanted, error: psycopg.Error) -> Refusal:
    mend = "read again when nobody holds a lock on it or on what it names"
    if isinstance(error, psycopg.errors.InsufficientPrivilege) and one.kind.deparse:
        with reading(connection):
            mend = needed(connection, one.kind.deparse.query.as_string(None))
    return Refusal((error.diag.message_primary or str(error)).strip(), error.sqlstate, mend)
