"""Whether a connection still has a server at its other end, and how to end a wait for one that never answers."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import BaseConnection
from psycopg.pq import ConnStatus
from psycopg.pq.abc import PGconn


def is_alive(connection: BaseConnection[Any]) -> bool:
    """Tell whether an idle connection's server has not hung up, by what has already arrived; nothing is sent.

    A server that ends a session sends why and closes. The first look takes the words up, the second meets the end;
    both are one non-blocking read (3 us together).
    """
    return not (connection.closed or has_hung_up(connection.pgconn))


def has_hung_up(session: PGconn) -> bool:
    """Tell of an idle session what `is_alive` tells of a connection, the other way round."""
    try:
        session.consume_input()
        session.consume_input()
    except psycopg.OperationalError:
        return True
    return session.status == ConnStatus.BAD


def hang_up(connection: BaseConnection[Any]) -> None:
    """End what waits on a connection, from another thread or from the event loop: its socket meets the end.

    The socket is shut down, not closed: its number must not be given to another file while somebody waits on it.
    """
    with suppress(OSError, psycopg.OperationalError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
