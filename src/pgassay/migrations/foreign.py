"""Run another tool's script as that tool does: in the queries that it sends, in its transaction or in none."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from functools import reduce
from pathlib import Path
from traceback import extract_tb

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.conninfo import hide_secrets
from pgassay.errors import MigrationError, PgassayError
from pgassay.migrations.execute import send_query, send_together
from pgassay.migrations.failure import ScriptError, Sending
from pgassay.migrations.model import Piece, Run, Script
from pgassay.migrations.psql_automatic import filled
from pgassay.migrations.send import Connection
from pgassay.migrations.split import Statement, split
from pgassay.migrations.tokens import Place
from pgassay.runtime.masking import without_passwords

_SECRET = re.compile("PASS|PWD|SECRET|TOKEN|_KEY$|_URL$|_DSN$", re.IGNORECASE)  # names of variables of the environment
_SHORTEST = 4  # characters of a secret that is looked for


def run_pieces(connection: Connection, script: Script, *, path: Path) -> None:
    """Send a script's pieces one by one.

    Args:
        connection: In autocommit, outside of a transaction.
        script: One that has pieces.
        path: Its file, for errors.

    Raises:
        ScriptError: A piece failed, the script ended the transaction of a strict tool, or one that it began has no end.
    """
    pieces = filled(script.pieces or (), connection) if script.alone else script.pieces or ()
    sendings = [_sending(piece, path, n, len(pieces)) for n, piece in enumerate(pieces, 1)]
    try:
        if script.transaction:
            connection.execute("BEGIN")
        if script.pipeline:
            send_together(connection, sendings)
        else:
            for piece, sending in zip(pieces, sendings, strict=True):
                _send(connection, piece, sending)
        if script.transaction:
            _commit(connection, script, path)
        _refuse_open_end(connection, path)
    except BaseException:
        with suppress(psycopg.Error):  # a lost connection has nothing left to roll back
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        raise


def run_code(connection: Connection, run: Run, *, path: Path) -> None:
    """Run Python that another tool runs; its warnings are its own, though pytest may turn them into errors.

    Raises:
        ScriptError: It raised an error.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run(connection)
    except PgassayError:
        raise
    except Exception as error:  # whatever the tool raises
        raise _of_code(error, path) from None  # its own text may show what ours hides
    finally:
        with suppress(psycopg.Error):
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")


def _of_code(error: Exception, path: Path) -> ScriptError:
    """Say what the server answered, where it is the reason; else what the tool says, in its own words."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    line, where = _place_in(error, path)
    if not isinstance(cause, psycopg.Error) or cause.sqlstate is None:
        return ScriptError(f"{where}: {said_by(error)}", path=path, line=line)
    return ScriptError(
        f"{where}: {cause.diag.message_primary}",
        path=path,
        line=line,
        statement=getattr(error, "statement", None) or "",  # SQLAlchemy's errors have it
        details=[f"detail: {cause.diag.message_detail}"] if cause.diag.message_detail else (),
        hint=cause.diag.message_hint,
        sqlstate=cause.sqlstate,
    )


def said_by(error: Exception) -> str:
    """Return an error of somebody else's code in its own words, without passwords and secrets of the environment.

    Settings that cannot be read are often told with all that was given.
    """
    text = f"{type(error).__name__}: {str(error).strip()}"
    said = hide_secrets(without_passwords(text), text)
    secrets = {value for name, value in os.environ.items() if len(value) >= _SHORTEST and _SECRET.search(name)}
    return reduce(lambda text, secret: text.replace(secret, "***"), sorted(secrets, key=len, reverse=True), said)


def _place_in(error: Exception, path: Path) -> tuple[int | None, str]:
    """Return the line of a file of Python at which an error came out of it, and how to name the place.

    Where it came out of another file of the tool's folder, such as env.py, that one is named, and there is no line.
    """
    frames = [(Path(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
    if lines := [line for file, line in frames if file == path]:
        return lines[-1], f'"{path}", line {lines[-1]}'
    beside = [f'"{file}", line {line}' for file, line in frames if file.is_relative_to(path.parents[1])]
    return None, f'"{path}", in {beside[-1]}' if beside else f'"{path}"'


def send_piece(connection: Connection, piece: Piece, path: Path) -> None:
    """Send one piece, in the transaction that is open or in none.

    Raises:
        ScriptError: It failed, or the connection was lost.
    """
    _send(connection, piece, _sending(piece, path))


def _send(connection: Connection, piece: Piece, sending: Sending) -> None:
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


def _sending(piece: Piece, path: Path, query: int = 1, queries: int = 1) -> Sending:
    path = piece.path or path
    return Sending(
        script=Script(sql=piece.sql, line=piece.line),
        path=path,
        statements=_statements(piece, Place(path, piece.line)),
        query=query,
        queries=queries,
    )


def _statements(piece: Piece, place: Place) -> list[Statement]:
    """Return the statements of a piece, for errors; what the tool cut out of something larger is one of its own."""
    try:
        return split(piece.sql, place=place)
    except MigrationError:
        return [Statement(sql=piece.sql, line=piece.line, start=0, end=len(piece.sql), words=())]


def _commit(connection: Connection, script: Script, path: Path) -> None:
    """Commit the tool's transaction, where the script has not ended it."""
    if connection.info.transaction_status == TransactionStatus.INTRANS:
        send_piece(connection, Piece("COMMIT", script.line + script.sql.count("\n")), path)
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
