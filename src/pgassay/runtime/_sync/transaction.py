# Generated from _async/transaction.py by `make sync`: change that one.
"""A transaction in progress, as it is handed to the block or the function that runs in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeAlias

import psycopg
from psycopg.abc import Params, Query
from psycopg.pq import TransactionStatus

from pgassay.runtime._sync.queries import Queries
from pgassay.runtime._sync.waiting import name_of_who, who
from pgassay.runtime.errors import BEGIN, COMMIT, ConnectionLostError, TransactionError, statement_error
from pgassay.runtime.logs import Recorder
from pgassay.runtime.settings import DatabaseSettings

Connection: TypeAlias = psycopg.Connection[Any]


@contextmanager
def begun(connection: Connection) -> Iterator[None]:
    """Begin a transaction, or a savepoint within one; an error of its beginning or its end is one of ours."""
    stage = BEGIN
    try:
        with connection.transaction():
            stage = ""
            yield
            stage = COMMIT
    except psycopg.Error as error:
        if not stage:
            raise  # it is the block's own
        raise statement_error(error, stage, None, lost=connection.closed) from None
    finally:
        if stage == BEGIN:
            # Refused or cancelled, it leaves psycopg with a count of open blocks that is one too high (3.3.9): commit()
            # would be forbidden to the next borrower, and the end of a block around this one would raise another error.
            connection.close()


@contextmanager
def settled(connection: Connection) -> Iterator[None]:
    """Commit what a block did, or roll it back where an error leaves it; psycopg's own block would close, too."""
    try:
        yield
    except BaseException:
        if not connection.closed:
            with suppress(psycopg.Error):  # the block's own error says more
                connection.rollback()
        raise
    if not connection.closed:
        connection.commit()


class Transaction(Queries):
    """A transaction in progress. Its statements run one after the other on one connection.

    It belongs to the task or thread that began it, and to nobody after its end: then every use raises
    `TransactionError`.

    Args:
        connection: The connection that it runs on.
        settings: What errors may show.
        recorder: What statements are told to.
    """

    def __init__(self, connection: Connection, settings: DatabaseSettings, recorder: Recorder) -> None:
        self.settings = settings
        self._recorder = recorder
        self._connection = connection
        self._owner = who()
        self._owner_name = name_of_who()
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the handle's use; where the block saw no error there must have been none.

        Raises:
            TransactionError: A statement failed and its error was swallowed: a COMMIT would undo all in silence.
            ConnectionLostError: The connection is gone; psycopg would end the block without a word (3.3.9).
        """
        self._ended = True
        if error is None:
            self._require_sound()

    def _require_sound(self) -> None:
        if self._connection.closed:
            raise ConnectionLostError(
                "the transaction is rolled back: its connection broke, and the error was not let through",
                hint="let errors of the connection leave the block; the pool replaces the connection",
            )
        if self._connection.info.transaction_status == TransactionStatus.INERROR:
            raise TransactionError(
                "the transaction is rolled back: a statement in it failed, and its error was not let through",
                hint="put what may fail into a tx() of its own, a savepoint",
                sqlstate="25P02",
            )

    @property
    def connection(self) -> Connection:
        """The connection itself, for what the helpers lack; its errors are psycopg's own.

        Raises:
            TransactionError: The transaction has ended, or belongs to somebody else.
        """
        if self._ended:
            raise TransactionError(
                "the transaction has ended", hint="use its handle within its block only, and begin another one"
            )
        if self._owner != who():
            raise TransactionError(
                f"the transaction belongs to {self._owner_name}, and {name_of_who()} uses it",
                hint="one connection does one thing at a time: begin a transaction of your own, or hand results over",
            )
        return self._connection

    def execute(self, query: Query, params: Params | None = None) -> psycopg.Cursor[Any]:
        """Execute a statement, and return psycopg's own cursor.

        Args:
            query: The statement.
            params: Its parameters.
        """
        cursor = self.connection.cursor()
        self._execute(cursor, query, params)
        return cursor

    @contextmanager
    def tx(self) -> Iterator[Transaction]:
        """Begin a savepoint: an error that leaves the block undoes only what was done in it."""
        with (
            begun(self.connection),
            Transaction(self._connection, self.settings, self._recorder) as inner,
        ):
            yield inner

    @contextmanager
    def _lease(self) -> Iterator[Connection]:
        yield self.connection
