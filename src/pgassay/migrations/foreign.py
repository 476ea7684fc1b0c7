"""Run another tool's script as that tool does: in the queries that it sends, in its transaction or in none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError, PgassayError
from pgassay.migrations.execute import send_query
from pgassay.migrations.failure import ScriptError, Sending
from pgassay.migrations.model import Piece, Run, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.split import Statement, split
from pgassay.migrations.tokens import Place


def run_pieces(connection: Connection, script: Script, *, path: Path) -> None:
    """Send a script's pieces one by one.

    Args:
        connection: In autocommit, outside of a transaction.
        script: One that has pieces.
        path: Its file, for errors.

    Raises:
        ScriptError: A piece failed, or a transaction that the script began has no end.
    """
    try:
        if script.transaction:
            connection.execute("BEGIN")
        for piece in script.pieces or ():
            _send(connection, piece, path)
        if script.transaction and connection.info.transaction_status == TransactionStatus.INTRANS:
            _send(connection, Piece("COMMIT", script.line + script.sql.count("\n")), path)
        _refuse_open_end(connection, path)
    except BaseException:
        with suppress(psycopg.Error):  # a lost connection has nothing left to roll back
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        raise


def run_code(connection: Connection, run: Run, *, path: Path) -> None:
    """Run Python that another tool runs.

    Raises:
        ScriptError: It raised an error.
    """
    try:
        run(connection)
    except PgassayError:
        raise
    except Exception as error:  # whatever the tool raises, in its own words
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        sqlstate = cause.sqlstate if isinstance(cause, psycopg.Error) else None
        raise ScriptError(f'"{path}": {type(error).__name__}: {error}', path=path, sqlstate=sqlstate) from error
    finally:
        with suppress(psycopg.Error):
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")


def _send(connection: Connection, piece: Piece, path: Path) -> None:
    path = piece.path or path
    sending = Sending(
        script=Script(sql=piece.sql, line=piece.line), path=path, statements=_statements(piece, Place(path, piece.line))
    )
    if piece.rows is None:
        send_query(connection, piece.sql, sending)
    else:
        _copy(connection, piece.sql, piece.rows, sending)


def _copy(connection: Connection, query: str, rows: str, sending: Sending) -> None:
    try:
        with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
            copy.write(rows)
    except psycopg.Error as error:
        raise sending.failed(error.diag, completed=0) from None


def _statements(piece: Piece, place: Place) -> list[Statement]:
    """Return the statements of a piece, for errors; what the tool cut out of something larger is one of its own."""
    try:
        return split(piece.sql, place=place)
    except MigrationError:
        return [Statement(sql=piece.sql, line=piece.line, start=0, end=len(piece.sql), words=())]


def _refuse_open_end(connection: Connection, path: Path) -> None:
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise ScriptError(
            f'"{path}": a transaction that the script began has no end, and was rolled back',
            path=path,
            hint="write the COMMIT",
        )
