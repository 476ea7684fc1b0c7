"""Run another tool's script as that tool does: in the queries that it sends, in its transaction or in none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from traceback import extract_tb

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError, PgassayError
from pgassay.migrations.execute import send_query
from pgassay.migrations.failure import ScriptError, Sending
from pgassay.migrations.model import Piece, Run, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.split import Statement, split
from pgassay.migrations.tokens import Place
from pgassay.runtime.masking import without_passwords


def run_pieces(connection: Connection, script: Script, *, path: Path) -> None:
    """Send a script's pieces one by one.

    Args:
        connection: In autocommit, outside of a transaction.
        script: One that has pieces.
        path: Its file, for errors.

    Raises:
        ScriptError: A piece failed, the script ended the transaction of a strict tool, or one that it began has no end.
    """
    try:
        if script.transaction:
            connection.execute("BEGIN")
        for piece in script.pieces or ():
            _send(connection, piece, path)
        if script.transaction:
            _commit(connection, script, path)
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
    except Exception as error:  # whatever the tool raises
        raise _of_code(error, path) from error
    finally:
        with suppress(psycopg.Error):
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")


def _of_code(error: Exception, path: Path) -> ScriptError:
    """Say what the server answered, where it is the reason; else what the tool says, in its own words."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    line = line_in(error, path)
    where = f'"{path}", line {line}' if line else f'"{path}"'
    if not isinstance(cause, psycopg.Error) or cause.sqlstate is None:
        said = without_passwords(str(error).strip())
        return ScriptError(f"{where}: {type(error).__name__}: {said}", path=path, line=line)
    return ScriptError(
        f"{where}: {cause.diag.message_primary}",
        path=path,
        line=line,
        statement=getattr(error, "statement", None) or "",  # SQLAlchemy's errors have it
        details=[f"detail: {cause.diag.message_detail}"] if cause.diag.message_detail else (),
        hint=cause.diag.message_hint,
        sqlstate=cause.sqlstate,
    )


def line_in(error: BaseException, path: Path) -> int | None:
    """Return the line of a file of Python at which an error came out of it, or None."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return lines[-1] if lines else None


def _send(connection: Connection, piece: Piece, path: Path) -> None:
    path = piece.path or path
    sending = Sending(
        script=Script(sql=piece.sql, line=piece.line), path=path, statements=_statements(piece, Place(path, piece.line))
    )
    send_query(connection, piece.sql, sending)


def _statements(piece: Piece, place: Place) -> list[Statement]:
    """Return the statements of a piece, for errors; what the tool cut out of something larger is one of its own."""
    try:
        return split(piece.sql, place=place)
    except MigrationError:
        return [Statement(sql=piece.sql, line=piece.line, start=0, end=len(piece.sql), words=())]


def _commit(connection: Connection, script: Script, path: Path) -> None:
    """Commit the tool's transaction, where the script has not ended it."""
    if connection.info.transaction_status == TransactionStatus.INTRANS:
        _send(connection, Piece("COMMIT", script.line + script.sql.count("\n")), path)
    elif script.strict:
        raise ScriptError(
            f'"{path}": the script ends the transaction that its tool opened: what it did stays, and the tool fails',
            path=path,
            hint="take COMMIT, ROLLBACK and the like out, or tell the tool to open no transaction",
        )


def _refuse_open_end(connection: Connection, path: Path) -> None:
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise ScriptError(
            f'"{path}": a transaction that the script began has no end, and was rolled back',
            path=path,
            hint="write the COMMIT",
        )
