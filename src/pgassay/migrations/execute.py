"""Run a script's statements in a session: whole in the transaction that is open, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus

from pgassay.migrations.failure import ScriptError, Sending
from pgassay.migrations.model import Script
from pgassay.migrations.send import Connection, send, send_pipeline
from pgassay.migrations.split import Statement, split
from pgassay.migrations.tokens import Place

# What opens or ends a transaction; the splitter tells them before anything is sent. What it cannot see (a text that the
# server lexes otherwise) is found by the transaction's id afterwards.
_CONTROL = frozenset({"begin", "start", "commit", "end", "rollback", "abort"})


def run_whole(connection: Connection, script: Script, *, path: Path) -> None:
    """Send a script in one simple query inside the transaction that is open, and see that it did not end it.

    Raises:
        ScriptError: A statement failed, or the script holds a COMMIT or the like.
    """
    statements = split(script.sql, place=Place(path, script.line))
    _refuse_transaction_control(statements, path)
    before = _transaction_id(connection)
    try:
        send_query(connection, script.sql, Sending(script=script, path=path, statements=statements))
    except ScriptError as error:
        if _fate(connection, before) == "committed":
            error.details += ("what stands before its COMMIT has been committed",)
        raise
    still = connection.info.transaction_status == TransactionStatus.INTRANS
    if not still or _transaction_id(connection) != before:
        raise _ended_transaction(connection, before, path)


def run_each(
    connection: Connection, script: Script, *, path: Path, on_done: Callable[[Statement], None] | None = None
) -> None:
    """Send a script statement by statement, each taking effect by itself.

    Args:
        connection: In autocommit, outside of a transaction.
        script: What to run.
        path: Its file, for errors.
        on_done: Is told each statement that was completed.

    Raises:
        ScriptError: A statement failed, or a transaction that the script began has no end.
    """
    statements = split(script.sql, place=Place(path, script.line))
    for number, statement in enumerate(statements):
        sending = Sending(script=script, path=path, statements=statements, first=number, offset=statement.start)
        send_query(connection, statement.sql, sending)
        if on_done:
            on_done(statement)
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
        raise ScriptError(
            f'"{path}": a transaction that the script began has no end, and was rolled back',
            path=path,
            completed=len(statements),
            hint="write the COMMIT",
        )


def _refuse_transaction_control(statements: list[Statement], path: Path) -> None:
    for statement in statements:
        if words := transaction_control(statement.words):
            raise ScriptError(
                f'"{path}", line {statement.line}: {words} in a script that runs whole in one transaction; '
                "nothing of it was run",
                path=path,
                line=statement.line,
                statement=statement.sql,
                hint="take it out, or let the statements take effect one by one: transaction:false behind the marker",
            )


def transaction_control(words: tuple[str, ...]) -> str:
    """Return the words that open or end a transaction, or an empty text; ROLLBACK TO a savepoint does not."""
    if words[:2] == ("prepare", "transaction"):
        return "PREPARE TRANSACTION"
    controls = words[:1] and words[0] in _CONTROL and "to" not in words[1:3]
    return words[0].upper() if controls else ""


def _transaction_id(connection: Connection) -> str:
    row = connection.execute("SELECT pg_current_xact_id()::text").fetchone()
    assert row is not None
    return str(row[0])


def _fate(connection: Connection, transaction_id: str) -> str:
    """Return what became of a transaction: committed, aborted, in progress (prepared), or nothing where none tells."""
    try:
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
        row = connection.execute("SELECT pg_xact_status(%s::xid8)", [transaction_id]).fetchone()
    except psycopg.OperationalError:
        return ""
    return str(row[0]) if row else ""


_FATES = {
    "committed": "what it did before has been committed",
    "aborted": "what it did before has been rolled back, what it did afterwards may have been committed",
    "in progress": "it was prepared, and waits for COMMIT PREPARED or ROLLBACK PREPARED (view pg_prepared_xacts)",
}


def _ended_transaction(connection: Connection, transaction_id: str, path: Path) -> ScriptError:
    fate = _FATES.get(_fate(connection, transaction_id), "what became of it is not known")
    return ScriptError(
        f'"{path}": the script ended the transaction that it runs in: {fate}; the ledger does not say so',
        path=path,
        hint="take COMMIT, ROLLBACK and the like out, or write transaction:false behind the marker; "
        "then put the database right by hand",
    )


def send_query(connection: Connection, query: str, sending: Sending) -> None:
    """Send one query, and turn whatever goes wrong into an error that names the place.

    Raises:
        ScriptError: It failed, or the connection was lost.
    """
    with _told_of_loss(connection, sending):
        sent = send(connection, query)
    if sent.error is not None:
        raise sending.failed(Diagnostic(sent.error, connection.info.encoding), completed=sent.completed)


def send_together(connection: Connection, sendings: Sequence[Sending]) -> None:
    """Send scripts in one pipeline, and turn whatever goes wrong into an error that names the place.

    Raises:
        ScriptError: One of them failed, or the connection was lost.
    """
    if not sendings:
        return
    with _told_of_loss(connection, sendings[0]):
        sent = send_pipeline(connection, [sending.script.sql for sending in sendings])
    if sent.error is not None:
        end = Sending(script=Script(sql=""), path=sendings[0].path, statements=())  # deferred constraints
        failed = [*sendings, end][sent.completed]
        raise failed.failed(Diagnostic(sent.error, connection.info.encoding), completed=0)


@contextmanager
def _told_of_loss(connection: Connection, sending: Sending) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise ScriptError(
            f'"{sending.path}": the client encoding {connection.info.encoding} lacks {error.object[error.start]!r}',
            path=sending.path,
            completed=sending.first,
        ) from None
    except psycopg.OperationalError as error:
        raise ScriptError(
            f'"{sending.path}": the connection was lost: {str(error).strip()}',
            path=sending.path,
            completed=sending.first,
            hint="see the server's log, then `pgassay migrate status`",
        ) from None
