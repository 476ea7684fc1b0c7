"""What one snapshot of a database holds: the rows of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg

from pgassay.catalog import unread
from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.deparsing import Refusal, Texts, Wanted
from pgassay.catalog.kind import Deparse, Kind, Query, Row, occurrence
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.kinds.columns import COLUMNS
from pgassay.catalog.kinds.constraints import CONSTRAINTS
from pgassay.catalog.kinds.indexes import INDEXES
from pgassay.catalog.kinds.tables import TABLES
from pgassay.catalog.permissions import needed
from pgassay.catalog.record import Record
from pgassay.catalog.session import Statement, rows_in_turns, rows_of
from pgassay.catalog.token import MOMENT
from pgassay.target import reading

CHANGED = "it changed while it was read"
AGAIN = "read again while nothing alters the schema"


@dataclass(slots=True)
class Found:
    """What was read of a kind.

    Attributes:
        kind: The kind.
        records: Objects that are complete.
        homes: Where each of them is at home, 0 for a kind that is read all together.
        pending: Rows whose text is still to be written.
        blind: What could not be read, with its home.
    """

    kind: Kind
    records: list[Record] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    pending: Sequence[Row] = ()
    blind: list[tuple[int, BlindSpot]] = field(default_factory=list)

    @classmethod
    def of(cls, kind: Kind, rows: Sequence[Row]) -> Found:
        """Make records of the rows that need no text."""
        found = cls(kind)
        if kind.blind:
            found.blind = [(_home(kind, row), spot) for row in rows if (spot := kind.blind(row)) is not None]
        if kind.deparse:
            found.pending = [row for row in rows if row["deparse"]]
            rows = [row for row in rows if not row["deparse"]] if found.pending else rows
            _fill(rows, kind.deparse)
        found._add(rows)
        return found

    def wanted(self) -> Iterator[Wanted]:
        """Yield the objects whose text is still to be written."""
        return (Wanted(self.kind, row["oid"]) for row in self.pending)

    def complete(self, texts: Texts) -> None:
        """Make records of the other rows, too; where a text could not be had, it is a blind spot."""
        if self.kind.deparse and self.pending:
            _fill(self.pending, self.kind.deparse)
            self._add(list(self._with_texts(self.kind.deparse, texts)))
            self.pending = ()

    def _add(self, rows: Sequence[Row]) -> None:
        self.records += self.kind.records_of(rows)
        self.homes += [row["home"] for row in rows] if self.kind.home else [0] * len(rows)

    def _with_texts(self, later: Deparse, texts: Texts) -> Iterator[Row]:
        for row in self.pending:
            text = texts.get(Wanted(self.kind, row["oid"]))
            if isinstance(text, Refusal):
                self._miss(row, f"{text.reason} [{text.sqlstate}]", text.mend)
            elif text is None or any(name in text and text[name] is None for name in later.required):
                self._miss(row, CHANGED, AGAIN)
            else:
                row.update(text)
                yield row

    def _miss(self, row: Row, reason: str, mend: str) -> None:
        texts = self.kind.deparse.columns if self.kind.deparse else ()
        label = self.kind.record_of({**row, **dict.fromkeys(texts, "")}).label
        self.blind.append((_home(self.kind, row), BlindSpot(label, reason, mend)))


def _home(kind: Kind, row: Row) -> int:
    home: int = row["home"] if kind.home else 0
    return home


def _fill(rows: Sequence[Row], later: Deparse) -> None:
    """Give rows the columns that are read afterwards, where their query does not have them."""
    lacking = dict.fromkeys(name for name in later.columns if rows and name not in rows[0])
    for row in rows if lacking else ():
        row.update(lacking)


@dataclass(frozen=True, slots=True)
class Rows:
    """What one snapshot holds.

    Attributes:
        moment: When it was; empty where that could not be told.
        beside: What else was asked for in the same snapshot; None where that could not be read.
        found: What was read of each kind that may occur.
        blind: What else could not be read.
    """

    moment: Sequence[Row]
    beside: Sequence[Sequence[Row]] | None
    found: Sequence[Found]
    blind: tuple[BlindSpot, ...]


Beside = Callable[[Row], Sequence[tuple[Query, None]]]
"""What to ask for in the same snapshot, by the moment."""


def read_rows(connection: psycopg.Connection[Any], major: int, beside: Beside, *, prepare: bool = False) -> Rows:
    """Read what may occur, in few round trips; where that fails, all one by one, to find out what cannot be read.

    Args:
        connection: In autocommit, idle.
        major: The server's major version.
        beside: What else to ask for.
        prepare: Whether the statements will be sent again on this connection.
    """
    try:
        with reading(connection):
            return _read_together(connection, major, beside, prepare=prepare)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled):
        return _read_one_by_one(connection, major, beside)


def _read_together(connection: psycopg.Connection[Any], major: int, beside: Beside, *, prepare: bool) -> Rows:
    moment, (occurring,) = rows_of(connection, [(MOMENT, None), (_text_of_occurrence(), None)], prepare=prepare)
    kinds = [kind for kind in KINDS if occurring.get(kind.record.KIND, True)]
    others: list[Statement] = [(text_of_unread(major), None), *beside(moment[0])]
    batches = [[kind for kind in kinds if kind not in MANY], *([kind] for kind in MANY if kind in kinds)]
    statements: list[list[Statement]] = [[(text_of(kind, major), None) for kind in batch] for batch in batches]
    answers = rows_in_turns(connection, [*statements, others], prepare=prepare)
    found = [Found.of(kind, rows) for batch in batches for kind, rows in zip(batch, next(answers), strict=True)]
    counts, *told = next(answers)
    return Rows(moment, told, found, tuple(unread.blind_spots(counts)))


MANY = (COLUMNS, INDEXES, CONSTRAINTS, TABLES)
"""What large schemas have most of: each is made of its rows while the server reads the next."""


@cache
def text_of(kind: Kind, major: int, *, part: bool = False) -> bytes:
    """Return a kind's statement as it is sent: to put it together takes as long as to execute some of them."""
    return kind.statement(major, part=part).as_bytes(None)


@cache
def text_of_unread(major: int) -> bytes:
    """Return the statement that counts what is not read."""
    return unread.statement(major).as_bytes(None)


@cache
def _text_of_occurrence() -> bytes:
    return occurrence(KINDS).as_bytes(None)


def _read_one_by_one(connection: psycopg.Connection[Any], major: int, beside: Beside) -> Rows:
    blind: list[BlindSpot] = []
    with reading(connection):
        moment = _try(connection, "the moment", (MOMENT, None), blind)
        asked = beside(moment[0] | {"busy": True}) if moment else ()  # what is newer might not be seen
        others = [_try(connection, "the catalog's changes", statement, blind) for statement in asked]
        counts = _try(connection, "the kinds that are not read", (unread.statement(major), None), blind)
        found = [
            Found.of(k, _try(connection, f"every {k.record.KIND}", (k.statement(major), None), blind)) for k in KINDS
        ]
    return Rows(moment, others if all(others) else None, found, (*blind, *unread.blind_spots(counts)))


def _try(
    connection: psycopg.Connection[Any], what: str, statement: tuple[Query, None], blind: list[BlindSpot]
) -> list[Row]:
    try:
        with connection.transaction():
            return rows_of(connection, [statement])[0]
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled) as error:
        reason = f"{error.diag.message_primary} [{error.sqlstate}]"
        blind.append(BlindSpot(what, reason, needed(connection, statement[0].as_string(None))))
        return []
