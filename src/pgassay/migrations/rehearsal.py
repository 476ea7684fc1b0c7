"""Run a script in its tool's transaction, statement by statement, and let it fail behind the last one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError
from pgassay.migrations.execute import transaction_control
from pgassay.migrations.foreign import send_piece
from pgassay.migrations.model import Piece, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.session import forwarding, start
from pgassay.migrations.split import Statement, split

_CONSTRAINTS = Piece("SET CONSTRAINTS ALL IMMEDIATE")  # COMMIT, which does not come, would look at the deferred ones
OPENING = frozenset({"BEGIN", "START"})
"""The words that open a transaction; all others of `transaction_control` end one."""


def pieces_of(script: Script) -> tuple[Piece, ...]:
    """Return the queries in which a script is sent; none where it is Python."""
    if script.pieces is not None or script.run is not None:
        return script.pieces or ()
    return tuple(Piece(statement.sql, script.line + statement.line - 1) for statement in split(script.sql))


def statements_in(piece: Piece) -> list[Statement]:
    """Return the statements of a piece; none where it cannot be cut: its tool has its own ways."""
    try:
        return split(piece.sql)
    except MigrationError:
        return []


def statements_of(script: Script) -> tuple[Piece, ...]:
    """Return the statements that a script's tool takes back together when one of them fails, a piece each.

    They are in the tool's transaction, or in the one that the server makes of a query of several statements. None where
    the script runs in no transaction, in those that it begins itself, or is Python.
    """
    pieces = pieces_of(script)
    if not script.transaction and (len(pieces) != 1 or script.pipeline or len(statements_in(pieces[0])) == 1):
        return ()
    controls = {transaction_control(statement.words) for piece in pieces for statement in statements_in(piece)}
    harmless = {"", *OPENING} if script.transaction else {""}  # within a transaction BEGIN is a warning
    if not controls <= harmless:
        return ()
    return tuple(single for piece in pieces for single in _singles(piece))


def _singles(piece: Piece) -> list[Piece]:
    found = statements_in(piece)
    if piece.rows is not None or len(found) < 2:
        return [piece]
    return [Piece(statement.sql, piece.line + statement.line - 1, piece.path) for statement in found]


def rehearse(connection: Connection, statements: Sequence[Piece], *, path: Path) -> Generator[Piece, None, None]:
    """Run statements in one transaction; behind the last one it fails, and is rolled back.

    Args:
        connection: In autocommit; it begins from a clean start.
        statements: As of `statements_of`.
        path: Their file, for errors.

    Yields:
        Each statement that was completed, while the transaction is open. Who stops there rolls back.

    Raises:
        ScriptError: A statement failed.
    """
    start(connection)
    with forwarding(connection, None):
        connection.execute("BEGIN")
        try:
            for statement in statements:
                send_piece(connection, statement, path)
                yield statement
            send_piece(connection, replace(_CONSTRAINTS, line=statements[-1].line), path)
            with suppress(psycopg.errors.DivisionByZero):
                connection.execute("SELECT 1 / 0")
        finally:
            with suppress(psycopg.Error):  # a lost connection has nothing left to roll back
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    connection.execute("ROLLBACK")
