"""Send SQL in one simple query or one pipeline, and count how much of it took effect before something failed.

psycopg's own `execute` reports the error and forgets the results before it; many server errors carry no position, and
then that count is all that tells which statement failed. So the few calls to libpq are made here.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import ExecStatus

Connection = psycopg.Connection[tuple[Any, ...]]

_COPIES = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH})
_CANCEL_PATIENCE = 5.0  # seconds to reach the server with a cancel request


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a query.

    Attributes:
        completed: How many statements were completed.
        error: The server's answer to the one that failed, or None.
    """

    completed: int
    error: psycopg.pq.abc.PGresult | None


def send(connection: Connection, query: str) -> Sent:
    """Send `query`, any number of statements, in one simple query and wait for its end.

    Ctrl-C cancels it on the server and waits until the server has let go of it.

    Raises:
        psycopg.OperationalError: The connection was lost.
        UnicodeEncodeError: A character of `query` does not exist in the client encoding that was chosen.
    """
    encoded = _encoded(connection, query)
    return _exchange(connection, lambda: connection.pgconn.send_query(encoded), _collect)


def send_pipeline(connection: Connection, queries: Sequence[str]) -> Sent:
    """Send `queries`, one statement each, in one pipeline with one Sync behind them all; `completed` counts queries.

    Ctrl-C is taken as in `send`.

    Raises:
        psycopg.OperationalError: The connection was lost.
        UnicodeEncodeError: A character of a query does not exist in the client encoding that was chosen.
    """
    encoded = [_encoded(connection, query) for query in queries]
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for query in encoded:
            pgconn.send_query_params(query, None)
        return _exchange(connection, pgconn.pipeline_sync, _collect_pipeline)
    finally:
        with suppress(psycopg.Error):  # the connection is lost
            pgconn.exit_pipeline_mode()


def _encoded(connection: Connection, query: str) -> bytes:
    encoding = connection.info.encoding
    return query.encode("utf-8" if encoding == "ascii" else encoding)


def _exchange(
    connection: Connection, send: Callable[[], None], collect: Callable[[psycopg.pq.abc.PGconn], Sent]
) -> Sent:
    """Send and collect; an interrupt just after the query was sent must cancel it, too."""
    try:
        send()
        return collect(connection.pgconn)
    except KeyboardInterrupt:
        with suppress(psycopg.Error):  # where the connection is lost, the server rolls back by itself
            connection.cancel_safe(timeout=_CANCEL_PATIENCE)
            collect(connection.pgconn)
        raise


def _collect(pgconn: psycopg.pq.abc.PGconn) -> Sent:
    completed, error = 0, None
    while (result := _next_result(pgconn)) is not None:
        _refuse_copy(pgconn, result)
        if result.status == ExecStatus.FATAL_ERROR:
            error = result
        elif result.status != ExecStatus.EMPTY_QUERY:
            completed += 1
    return Sent(completed, error)


def _collect_pipeline(pgconn: psycopg.pq.abc.PGconn) -> Sent:
    """An error may come with the Sync too, where the transaction ends: then all queries are completed."""
    completed, error = 0, None
    while (result := _next_result(pgconn)) is None or result.status != ExecStatus.PIPELINE_SYNC:
        if result is None:  # behind the results of each query
            continue
        _refuse_copy(pgconn, result)
        if result.status == ExecStatus.FATAL_ERROR:
            error = error or result
        elif result.status != ExecStatus.PIPELINE_ABORTED:
            completed += 1
    return Sent(completed, error)


def _refuse_copy(pgconn: psycopg.pq.abc.PGconn, result: psycopg.pq.abc.PGresult) -> None:
    if result.status in _COPIES:
        pgconn.finish()
        raise psycopg.OperationalError("a COPY from or to the client: the connection was closed")


def _next_result(pgconn: psycopg.pq.abc.PGconn) -> psycopg.pq.abc.PGresult | None:
    """Wait in Python rather than in libpq, which would not notice Ctrl-C."""
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while pgconn.flush():  # a long query does not fit into the socket's buffer at once
            if any(events & selectors.EVENT_READ for _, events in selector.select()):
                pgconn.consume_input()
        selector.modify(pgconn.socket, selectors.EVENT_READ)
        while pgconn.is_busy():
            selector.select()
            pgconn.consume_input()
    return pgconn.get_result()
