"""Two runners that take one step at the same moment, as they do where nothing keeps them apart."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError
from pgassay.migrations.foreign import send_piece
from pgassay.migrations.model import Piece, Script
from pgassay.migrations.psql_automatic import filled
from pgassay.migrations.rehearsal import pieces_of
from pgassay.migrations.send import Connection
from pgassay.migrations.session import forwarding, run_script, start

_LOOK = 0.01  # seconds between two looks at who waits for whom
_COMMIT = Piece("COMMIT")


def race(first: Connection, second: Connection, script: Script, *, path: Path, watcher: Connection) -> bool:
    """Run a script in two sessions, and tell whether both came through.

    One that runs in a transaction: the second session begins when the first has made all statements and not committed,
    and goes as far as it can: to its own end, or to where it waits for the first. Then the first commits, and the
    second does what is left. Of any other script, and of Python, the second run follows the first.

    Args:
        first: In autocommit.
        second: Another session, in autocommit.
        script: What both run.
        path: Its file, for errors.
        watcher: A third session, which sees who waits for whom.

    Raises:
        MigrationError: The first one failed.
    """
    path = script.path or path
    if script.run is not None or not (script.transaction or script.pipeline):
        run_script(first, script, path=path)
        return _comes_through(second, script, path)
    with forwarding(first, None), forwarding(second, None), ThreadPoolExecutor(1) as pool:
        try:
            _make(first, script, path)
            other = pool.submit(_make, second, script, path)
            _until_it_waits(other, waiting=second, holding=first, watcher=watcher)
            send_piece(first, _COMMIT, path)
            return _ends_well(other, second, path)
        finally:
            _roll_back(first)  # the other one, which may wait for it, then ends, too


def _comes_through(connection: Connection, script: Script, path: Path) -> bool:
    try:
        run_script(connection, script, path=path)
    except MigrationError:
        return False
    return True


def _make(connection: Connection, script: Script, path: Path) -> None:
    start(connection)
    pieces = filled(pieces_of(script), connection)
    connection.execute("BEGIN")
    for piece in pieces:
        send_piece(connection, piece, path)


def _until_it_waits(other: Future[None], *, waiting: Connection, holding: Connection, watcher: Connection) -> None:
    """Let the other one go until it has done all that it can do while the first transaction is open."""
    pids = [waiting.info.backend_pid, holding.info.backend_pid]
    while not wait([other], timeout=_LOOK).done:
        row = watcher.execute("SELECT %s = ANY (pg_blocking_pids(%s))", pids[::-1]).fetchone()
        if row is not None and row[0]:
            return


def _ends_well(other: Future[None], connection: Connection, path: Path) -> bool:
    try:
        other.result()
        send_piece(connection, _COMMIT, path)
    except MigrationError:
        _roll_back(connection)
        return False
    return True


def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):  # a lost connection has nothing left to roll back
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
