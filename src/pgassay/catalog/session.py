"""Sending the reader's queries, many in one round trip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
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
    cursors = [connection.cursor(row_factory=dict_row) for _ in statements]
    if decode.is_sql_ascii(connection):
        decode.use_bytes(connection, cursors)
    with _preparing(connection, prepare), connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext():
        for cursor, (query, parameters) in zip(cursors, statements, strict=True):
            cursor.execute(query, parameters, prepare=prepare)
    return [cursor.fetchall() for cursor in cursors]


@contextmanager
def _preparing(connection: psycopg.Connection[Any], prepare: bool) -> Iterator[None]:
    """Let a connection prepare that otherwise does not."""
    before = connection.prepare_threshold
    connection.prepare_threshold = 0 if prepare else before
    try:
        yield
    finally:
        connection.prepare_threshold = before
