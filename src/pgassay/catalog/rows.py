"""What one snapshot of a database holds: the rows of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import psycopg

from pgassay.catalog import unread
from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.found import Found
from pgassay.catalog.kind import Kind, Query, Row, occurrence
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.kinds.columns import COLUMNS
from pgassay.catalog.kinds.constraints import CONSTRAINTS
from pgassay.catalog.kinds.indexes import INDEXES
from pgassay.catalog.kinds.tables import TABLES
from pgassay.catalog.permissions import needed
from pgassay.catalog.session import Statement, rows_in_turns, rows_of
from pgassay.catalog.token import MOMENT
from pgassay.target import reading


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
    batches = [*([kind] for kind in MANY if kind in kinds), [kind for kind in kinds if kind not in MANY]]
    statements: list[list[Statement]] = [[(text_of(kind, major), None) for kind in batch] for batch in batches]
    answers = rows_in_turns(connection, [*statements, others], prepare=prepare)
    found = [Found.of(kind, slices) for batch in batches for kind, slices in zip(batch, next(answers), strict=True)]
    counts, *told = (list(chain.from_iterable(slices)) for slices in next(answers))
    return Rows(moment, told, found, tuple(unread.blind_spots(counts)))


MANY = (COLUMNS, INDEXES, CONSTRAINTS, TABLES)
"""What large schemas have most of: records of one are made while the server reads the next, of the last the others."""


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
            Found.of(k, [_try(connection, f"every {k.record.KIND}", (k.statement(major), None), blind)]) for k in KINDS
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
