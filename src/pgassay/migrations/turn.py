"""One runner at a time: an advisory lock that is polled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import LiteralString

import psycopg

from pgassay.errors import MigrationError
from pgassay.migrations.send import Connection

# The first eight bytes of the SHA-256 of "pgassay.ledger", with the sign bit off. Such locks are kept per database.
KEY = 0x7D7B_456E_B923_D5B6

_SLOWEST_POLL = 0.5  # seconds

_TRY: LiteralString = "SELECT pg_try_advisory_lock(%s)"
_RELEASE: LiteralString = "SELECT pg_advisory_unlock(%s)"

# A lock by one bigint is kept as its two halves.
_HOLDER: LiteralString = """
SELECT l.pid, a.usename, a.application_name, a.client_addr::text,
       to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS')
  FROM pg_locks l
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory'
   AND l.granted
   AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) + l.objid::bigint = %s
"""


@contextmanager
def turn(connection: Connection, *, wait: float, on_wait: Callable[[str], object]) -> Iterator[None]:
    """Hold the runners' lock meanwhile.

    It is polled outside of any transaction: a blocking wait, or one inside a transaction, would be waited for by the
    other runner's CREATE INDEX CONCURRENTLY, which is a deadlock.

    Args:
        connection: In autocommit.
        wait: How long to wait for another runner, in seconds.
        on_wait: Is told once who is waited for.

    Raises:
        MigrationError: Another runner does not end, or nothing can be written.
    """
    _refuse_read_only(connection)
    _take(connection, wait=wait, on_wait=on_wait)
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):  # a lost connection has let go of it already
            connection.execute(_RELEASE, [KEY])


def _refuse_read_only(connection: Connection) -> None:
    """Somebody has frozen the database, or it is a standby: no setting of ours overrides that."""
    if connection.execute("SHOW transaction_read_only").fetchone() == ("on",):
        raise MigrationError(
            "every transaction here is read-only: nothing can be migrated",
            hint="it is a standby, or default_transaction_read_only is set for the database or the role",
        )


def _take(connection: Connection, *, wait: float, on_wait: Callable[[str], object]) -> None:
    deadline, poll, told = time.monotonic() + wait, 0.02, False
    while not _tried(connection):
        holder = _holder(connection)
        if time.monotonic() >= deadline:
            raise MigrationError(
                f"another runner migrates this database, and did not end within {wait:g} s: {holder}",
                hint="wait for it; if it hangs, end it, or its session with pg_terminate_backend()",
            )
        if not told:
            on_wait(f"waiting for another runner: {holder}")
            told = True
        time.sleep(poll)
        poll = min(2 * poll, _SLOWEST_POLL)


def _tried(connection: Connection) -> bool:
    return connection.execute(_TRY, [KEY]).fetchone() == (True,)


def _holder(connection: Connection) -> str:
    row = connection.execute(_HOLDER, [KEY]).fetchone()
    if row is None:
        return "it has just ended"
    pid, role, application, address, since = row
    started = f", connected since {since}" if since else ""
    place = f" at {address}" if address else ""
    return f'pid {pid}, application "{application or ""}", role "{role or ""}"{place}{started}'
