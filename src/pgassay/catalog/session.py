"""Sending the reader's queries, many in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgassay.catalog import decode
from pgassay.catalog.kind import Query, Row

Statement = tuple[Query | bytes, Sequence[Any] | Mapping[str, Any] | None]
Slices = Iterator[list[Row]]
"""The rows of one statement, some at a time."""

SLICE = 500  # rows; a socket holds the columns of about a hundred tables, and the server waits while it is full


def rows_of(
    connection: psycopg.Connection[Any], statements: Sequence[Statement], *, prepare: bool = False
) -> list[list[Row]]:
    """Send statements in the open transaction, in one round trip where libpq can, and return the rows of each.

    Args:
        connection: In a transaction.
        statements: Each with its parameters.
        prepare: Have them planned once; a transaction-mode pooler would hand the name to somebody else.
    """
    (answers,) = rows_in_turns(connection, [statements], prepare=prepare)
    return [list(chain.from_iterable(slices)) for slices in answers]


def rows_in_turns(
    connection: psycopg.Connection[Any], batches: Sequence[Sequence[Statement]], *, prepare: bool = False
) -> Iterator[list[Slices]]:
    """Send statements in as many round trips as there are batches: the server works on one while ours is another.

    Args:
        connection: In a transaction.
        batches: Statements, each with its parameters.
        prepare: As of `rows_of`.

    Yields:
        The rows of each statement of a batch. Between two slices is taken in what the server has sent of the next one.
    """
    cursors = [[connection.cursor(row_factory=dict_row) for _ in batch] for batch in batches]
    if decode.is_sql_ascii(connection):
        decode.use_bytes(connection, chain.from_iterable(cursors))
    with _preparing(connection, prepare), _pipeline(connection) as pipeline:
        for turn, batch in enumerate(batches):
            for cursor, (query, parameters) in zip(cursors[turn], batch, strict=True):
                cursor.execute(query, parameters, prepare=prepare)
            if turn:
                yield _slices_of(cursors[turn - 1])
            if pipeline is not None:
                pipeline.sync()
        yield _slices_of(cursors[-1])


def _slices_of(cursors: Iterable[psycopg.Cursor[Row]]) -> list[Slices]:
    """Wait for the first rows of each, so that whatever fails fails here."""
    return [chain([cursor.fetchmany(SLICE)], _slices(cursor)) for cursor in cursors]


def _slices(cursor: psycopg.Cursor[Row]) -> Slices:
    while rows := cursor.fetchmany(SLICE):
        cursor.connection.pgconn.consume_input()
        yield rows


def _pipeline(connection: psycopg.Connection[Any]) -> AbstractContextManager[psycopg.Pipeline | None]:
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


@contextmanager
def _preparing(connection: psycopg.Connection[Any], prepare: bool) -> Iterator[None]:
    """Let a connection prepare that otherwise does not."""
    before = connection.prepare_threshold
    connection.prepare_threshold = 0 if prepare else before
    try:
        yield
    finally:
        connection.prepare_threshold = before
