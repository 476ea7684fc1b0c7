"""A database on one connection, in one transaction that is rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from threading import Lock
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.errors import InvalidSavepointSpecification, NoActiveSqlTransaction
from psycopg.pq import TransactionStatus

from pgassay.conninfo import Conninfo
from pgassay.runtime._sync.database import Connection, Database, TransactionOptions
from pgassay.runtime._sync.transaction import begun
from pgassay.runtime.errors import ClosedError, RefusedError
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.statements import statement_text
from pgassay.runtime.words import leading_tokens

# What a commit of the code under test goes back to. The name is one that nobody else takes.
_SAVEPOINT = sql.Identifier("pgassay_pinned")
_ENDS = {"COMMIT", "END", "ABORT", "ROLLBACK", "BEGIN", "START"}


class PinnedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that lets no statement end the transaction."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Self:
        """Execute, unless the statement begins or ends a transaction."""
        _refuse_transaction_control(statement_text(query, self.connection))
        return super().execute(query, *args, **kwargs)


class PinnedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose commit and rollback concern a savepoint; leaving its `with` block does not close it."""

    @property
    def in_block(self) -> bool:
        """Whether a `transaction()` is open, in which psycopg forbids an explicit commit or rollback."""
        return bool(getattr(self, "_num_transactions", 0))

    def commit(self) -> None:
        """Check deferred constraints, as a commit would, and let nothing before this be rolled back any more.

        Nothing becomes visible to other connections.
        """
        if self.info.transaction_status == TransactionStatus.INERROR:
            return self.rollback()  # which is what the server would make of it
        if self.in_block:
            return super().commit()  # says why not
        try:
            self.check_deferred()
        except psycopg.Error:
            self.rollback()  # a commit that fails leaves nothing either
            raise
        return self.keep()

    def rollback(self) -> None:
        """Go back to the last commit."""
        return super().rollback() if self.in_block else self._pin(sql.SQL("ROLLBACK TO SAVEPOINT {}"))

    def keep(self) -> None:
        """Set the savepoint anew: what was done up to here is out of reach for a rollback."""
        self._pin(sql.SQL("RELEASE SAVEPOINT {0}; SAVEPOINT {0}"))

    def check_deferred(self) -> None:
        """Raise what a commit would raise, for the constraints that are checked at its time.

        Rolled back at once, so that constraints are not immediate from here on. A deferred trigger fires, but what it
        writes is rolled back too.
        """
        with self.transaction(force_rollback=True):
            self.execute("SET CONSTRAINTS ALL IMMEDIATE", prepare=False)

    def begin(self) -> None:
        """Open the transaction and set the savepoint."""
        self._pin(sql.SQL("SAVEPOINT {}"))

    def roll_everything_back(self) -> None:
        """End the transaction."""
        super().rollback()

    def _pin(self, statement: sql.SQL) -> None:
        try:
            self.execute(statement.format(_SAVEPOINT), prepare=False)  # several statements cannot be prepared
        except (InvalidSavepointSpecification, NoActiveSqlTransaction) as error:
            raise RefusedError(
                "the transaction that was to be rolled back has ended: what was done in it is committed",
                hint="look for COMMIT among several statements of one string",
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.closed:
            return
        if error is None:
            self.commit()
        else:
            self.rollback()


class PinnedDatabase(Database):
    """A `Database` on one connection, in one transaction that is rolled back when it is closed.

    `connection()` gives that one connection each time, so it is not meant for threads. `tx()` are savepoints. A
    `commit()` keeps what was done from the next `rollback()`, checks deferred constraints, and shows nothing to
    others; a COMMIT sent as SQL is refused. `now()` stands still.

    Args:
        where: Where it is, as for `Database`.
        **kwargs: As for `Database`.
    """

    def __init__(self, where: DatabaseSettings | Conninfo | str | None = None, **kwargs: Any) -> None:
        super().__init__(where, **{**kwargs, "connection_class": PinnedConnection})
        self._pinned: PinnedConnection | None = None
        self._closed = False
        self._pinning = Lock()

    def open(self) -> None:
        """Connect and begin the transaction; may be repeated.

        Raises:
            ConnectError: The database cannot be reached.
        """
        with self._pinning:
            if self._pinned is None:
                self._pinned = self._connect_pinned()
                self._closed = False

    def close(self) -> None:
        """Roll everything back, and disconnect; may be repeated."""
        with self._pinning:
            pinned, self._pinned, self._closed = self._pinned, None, True
        if pinned is not None:
            # The connection may be gone, and what was done with it.
            with suppress(psycopg.OperationalError):
                pinned.roll_everything_back()
            pinned.close()
        super().close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend the connection; on an error what was done since the last commit is rolled back."""
        connection = self._opened_pinned()
        # Within somebody's tx() the commit at the end is not ours to give.
        with connection.transaction() if connection.in_block else connection:
            yield connection

    def as_role(self, role: str) -> Self:
        """Refuse: another role would need another connection, which does not see this transaction."""
        raise RefusedError(
            f'cannot act as "{role}" within a transaction that is rolled back',
            hint="SET LOCAL ROLE on its connection, or a database of its own (assay_db)",
        )

    @contextmanager
    def _lent(self, timeout: float | None = None) -> Iterator[Connection]:  # noqa: ARG002 - nobody waits for it
        yield self._opened_pinned()

    @contextmanager
    def _begun(self, connection: Connection, options: TransactionOptions) -> Iterator[None]:
        """Begin a savepoint, rolled back on an error; the outermost one ends as a commit does."""
        if options:
            raise RefusedError(
                f"{', '.join(options)} cannot be chosen within a transaction that is rolled back",
                hint="a database of its own may begin any transaction (assay_db)",
            )
        assert isinstance(connection, PinnedConnection)
        outermost = not connection.in_block
        with begun(connection):
            yield
            if outermost:
                connection.check_deferred()
        if outermost:
            connection.keep()

    @contextmanager
    def _lease(self) -> Iterator[Connection]:
        self._require_no_transaction()
        with self._lent() as connection, self._begun(connection, {}):
            yield connection

    def _opened_pinned(self) -> PinnedConnection:
        if self._closed:
            raise ClosedError(f"{self!r} was closed", hint="open() begins another transaction")
        self.open()
        assert self._pinned is not None
        return self._pinned

    def _connect_pinned(self) -> PinnedConnection:
        connection = self._new_connection()
        connection.cursor_factory = PinnedCursor
        if self._configure is not None:
            self._configure(connection)
        connection.begin()
        return connection

    def _new_connection(self) -> PinnedConnection:
        connection = self._lender.connect()
        assert isinstance(connection, PinnedConnection)
        return connection


def _refuse_transaction_control(text: str) -> None:
    words = list(islice(leading_tokens(text), 3))
    ends = words[:1] and words[0] in _ENDS and "TO" not in words  # ROLLBACK [WORK] TO a savepoint is the caller's own
    if ends or words[:2] == ["PREPARE", "TRANSACTION"]:
        raise RefusedError(
            f"{words[0]} is refused: this database is one transaction, which is rolled back at the end",
            hint="use the connection's commit() and rollback(), tx(), or a database that may commit (assay_db)",
        )
