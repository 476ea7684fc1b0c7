"""A lock on the name of a database, between all runs that share a server.

Who builds a template, takes one up, or drops what was left over holds it. It is an advisory lock of a session in the
maintenance database, so it goes with a process that dies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

import psycopg

_POLL = 0.02  # seconds; a template takes some hundred milliseconds

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def hold_name(connection: Connection, name: str) -> Iterator[None]:
    """Wait for the lock of a name, and hold it.

    It is polled in autocommit: a blocking wait holds a snapshot, for which CREATE INDEX CONCURRENTLY in the build of a
    template would wait in turn.
    """
    while not _try(connection, name):
        time.sleep(_POLL)
    try:
        yield
    finally:
        _let_go(connection, name)


@contextmanager
def try_name(connection: Connection, name: str) -> Iterator[bool]:
    """Hold the lock of a name if nobody else does; give whether it is held."""
    held = _try(connection, name)
    try:
        yield held
    finally:
        if held:
            _let_go(connection, name)


def _try(connection: Connection, name: str) -> bool:
    return connection.execute("SELECT pg_try_advisory_lock(%s)", [key_of(name)]).fetchone() == (True,)


def _let_go(connection: Connection, name: str) -> None:
    """Let go; a session that has broken has let go already, and what broke it is what matters."""
    if not connection.broken:
        with suppress(psycopg.OperationalError):
            connection.execute("SELECT pg_advisory_unlock(%s)", [key_of(name)])


def key_of(name: str) -> int:
    """Return a name as the number that advisory locks have."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
