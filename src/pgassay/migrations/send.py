"""Send SQL in one simple query, and count how much of it took effect before something failed.

psycopg's own `execute` reports the error and forgets the results before it; many server errors carry no position, and
then that count is all that tells which statement failed. So the few calls to libpq are made here.
"""

from __future__ import annotations

import selectors
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
    pgconn = connection.pgconn
    encoding = connection.info.encoding
    try:
        pgconn.send_query(query.encode("utf-8" if encoding == "ascii" else encoding))
        return _collect(pgconn)
    except KeyboardInterrupt:
        with suppress(psycopg.Error):  # where the connection is lost, the server rolls back by itself
            connection.cancel_safe(timeout=_CANCEL_PATIENCE)
            _collect(pgconn)
        raise


def _collect(pgconn: psycopg.pq.abc.PGconn) -> Sent:
    completed, error = 0, None
    while (result := _next_result(pgconn)) is not None:
        if result.status in _COPIES:
            pgconn.finish()
            raise psycopg.OperationalError("a COPY from or to the client: the connection was closed")
        if result.status == ExecStatus.FATAL_ERROR:
            error = result
        elif result.status != ExecStatus.EMPTY_QUERY:
            completed += 1
    return Sent(completed, error)


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
