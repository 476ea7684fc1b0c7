"""What one snapshot of a database holds: the rows of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg

from pgassay.catalog import unread
from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.deparsing import Refusal, Texts, Wanted
from pgassay.catalog.kind import Deparse, Kind, Query, Row, occurrence
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.permissions import needed
from pgassay.catalog.session import Statement, rows_of
from pgassay.catalog.token import MOMENT
from pgassay.target import reading

CHANGED = "it changed while it was read"
AGAIN = "read again while nothing alters the schema"


@dataclass(frozen=True, slots=True)
class Rows:
    """What one snapshot holds.

    Attributes:
        moment: When it was; empty where that could not be told.
        beside: What else was asked for in the same snapshot; empty where that could not be read.
        by_kind: The rows of each kind that may occur.
        blind: What could not be read.
    """

    moment: Sequence[Row]
    beside: Sequence[Sequence[Row]]
    by_kind: Mapping[Kind, Sequence[Row]]
    blind: tuple[BlindSpot, ...]


def read_rows(
    connection: psycopg.Connection[Any], major: int, beside: Sequence[tuple[Query, None]], *, prepare: bool = False
) -> Rows:
    """Read what may occur, in one round trip; where that fails, all one by one, to find out what cannot be read.

    Args:
        connection: In autocommit, idle.
        major: The server's major version.
        beside: What else to ask for in the same snapshot.
        prepare: Whether the statements will be sent again on this connection.
    """
    try:
        with reading(connection):
            kinds = _occurring(connection, prepare=prepare)
            statements: list[Statement] = [(text_of(kind, major), None) for kind in kinds]
            asked: list[Statement] = [(MOMENT, None), (text_of_unread(major), None), *beside, *statements]
            moment, counts, *rows = rows_of(connection, asked, prepare=prepare)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled):
        return _read_one_by_one(connection, major, beside)
    n = len(beside)
    return Rows(moment, rows[:n], dict(zip(kinds, rows[n:], strict=True)), tuple(unread.blind_spots(counts)))


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


def _occurring(connection: psycopg.Connection[Any], *, prepare: bool) -> Sequence[Kind]:
    """Return the kinds that may occur in the open transaction's snapshot."""
    ((found,),) = rows_of(connection, [(_text_of_occurrence(), None)], prepare=prepare)
    return [kind for kind in KINDS if found.get(kind.record.KIND, True)]


def _read_one_by_one(connection: psycopg.Connection[Any], major: int, beside: Sequence[tuple[Query, None]]) -> Rows:
    blind: list[BlindSpot] = []
    with reading(connection):
        moment = _try(connection, "the moment", (MOMENT, None), blind)
        others = [_try(connection, "the catalog's changes", statement, blind) for statement in beside]
        counts = _try(connection, "the kinds that are not read", (unread.statement(major), None), blind)
        by_kind = {k: _try(connection, f"every {k.record.KIND}", (k.statement(major), None), blind) for k in KINDS}
    return Rows(moment, others if all(others) else [], by_kind, (*blind, *unread.blind_spots(counts)))


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


def wanted(by_kind: Mapping[Kind, Sequence[Row]]) -> Iterator[Wanted]:
    """Yield the objects whose text is still to be written."""
    for kind, rows in by_kind.items():
        yield from (Wanted(kind, row["oid"]) for row in rows if kind.deparse and row["deparse"])


def complete(kind: Kind, rows: Sequence[Row], texts: Texts) -> tuple[Sequence[Row], list[tuple[Row, BlindSpot]]]:
    """Put the texts into the rows of a kind.

    Returns:
        The rows that are complete, and those about which something could not be had, with what.
    """
    blind = [(row, spot) for row in rows if (spot := kind.blind(row)) is not None] if kind.blind else []
    if kind.deparse:
        rows = list(_with_texts(kind, kind.deparse, rows, texts, blind))
    return rows, blind


def _with_texts(
    kind: Kind, later: Deparse, rows: Sequence[Row], texts: Texts, blind: list[tuple[Row, BlindSpot]]
) -> Iterator[Row]:
    """Yield the rows with the columns that were read afterwards; rows that need none have what their query said."""
    lacking = [name for name in later.columns if rows and name not in rows[0]]
    for row in rows:
        row.update(dict.fromkeys(lacking))
        text = texts.get(Wanted(kind, row["oid"])) if row["deparse"] else {}
        if isinstance(text, Refusal):
            blind.append((row, BlindSpot(_label(kind, row), f"{text.reason} [{text.sqlstate}]", text.mend)))
        elif text is None or any(name in text and text[name] is None for name in later.required):
            blind.append((row, BlindSpot(_label(kind, row), CHANGED, AGAIN)))
        else:
            row.update(text)
            yield row


def _label(kind: Kind, row: Row) -> str:
    texts = kind.deparse.columns if kind.deparse else ()
    return kind.record_of({**row, **dict.fromkeys(texts, "")}).label
