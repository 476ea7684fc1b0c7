"""Sending the reader's queries, many in one round trip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgassay.catalog import decode
from pgassay.catalog.kind import Query, Row

Statement = tuple[Query | bytes, Sequence[Any] | Mapping[str, Any] | None]


def rows_of(
    connection: psycopg.Connection[Any], statements: Sequence[Statement], *, prepare: bool = False
) -> list[list[Row]]:
    """Send statements in the open transaction, in one round trip where libpq can, and return the rows of each.

    Args:
        connection: In a transaction.
        statements: Each with its parameters.
        prepare: Have them planned once; a transaction-mode pooler would hand the name to somebody else.
    """
    (rows,) = rows_in_turns(connection, [statements], prepare=prepare)
    return rows


def rows_in_turns(
    connection: psycopg.Connection[Any], batches: Sequence[Sequence[Statement]], *, prepare: bool = False
) -> Iterator[list[list[Row]]]:
    """Send statements in as many round trips as there are batches: the server works on one while ours is another.

    Args:
        connection: In a transaction.
        batches: Statements, each with its parameters.
        prepare: As of `rows_of`.

    Yields:
        The rows of each statement of a batch.
    """
    cursors = [[connection.cursor(row_factory=dict_row) for _ in batch] for batch in batches]
    if decode.is_sql_ascii(connection):
        decode.use_bytes(connection, chain.from_iterable(cursors))
    with _preparing(connection, prepare), _pipeline(connection) as pipeline:
        for turn, batch in enumerate(batches):
            for cursor, (query, parameters) in zip(cursors[turn], batch, strict=True):
                cursor.execute(query, parameters, prepare=prepare)
            if turn:
                yield [cursor.fetchall() for cursor in cursors[turn - 1]]
            if pipeline is not None:
                pipeline.sync()
        yield [cursor.fetchall() for cursor in cursors[-1]]


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
