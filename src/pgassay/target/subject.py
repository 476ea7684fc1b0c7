"""A database for queries of the user's own that lets nothing but reading through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, Self

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.conninfo import Conninfo
from pgassay.runtime._sync.database import Connection, Database, TransactionOptions
from pgassay.runtime.errors import RefusedError
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.statements import statement_text
from pgassay.runtime.words import leading_tokens
from pgassay.servers.environment import silent_start

READING_WORDS = ("SELECT", "SHOW", "VALUES", "TABLE", "WITH", "EXPLAIN")
# All that EXPLAIN takes but ANALYZE, which runs the statement. No quoted name is here either: "analyze" would work.
EXPLAIN_OPTIONS = {
    *("VERBOSE", "COSTS", "SETTINGS", "GENERIC_PLAN", "BUFFERS", "WAL", "TIMING", "SUMMARY", "MEMORY", "SERIALIZE"),
    *("FORMAT", "TEXT", "XML", "JSON", "YAML", "NONE", "BINARY", "TRUE", "FALSE", "ON", "OFF", "0", "1"),
}
# Few: it may be somebody's production, and behind a pooler.
SETTINGS = DatabaseSettings(min_size=0, max_size=4, timeout=10.0, connect_timeout=10)

BEGIN = """\
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = '60s';
SET LOCAL lock_timeout = '1s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SET LOCAL client_encoding = 'UTF8';
SELECT pg_catalog.set_config('application_name', 'pgassay', true)
 WHERE pg_catalog.current_setting('application_name') = ''
"""


def require_reading(text: str) -> None:
    """Let a statement through that reads.

    It is a fence against accidents, and the first of three: the statement goes by the extended protocol, so the server
    refuses several in one string, and in a READ ONLY transaction, so it refuses a WITH that writes.

    Raises:
        RefusedError: It is none of SELECT, SHOW, VALUES, TABLE, WITH and EXPLAIN without ANALYZE.
    """
    words = leading_tokens(text)
    word = next((w for w in words if w != "("), "")
    if word not in READING_WORDS:
        _refuse(f'"{word}"' if word else "an empty statement")
    if word == "EXPLAIN":
        _require_plan_only(words)


def _require_plan_only(words: Iterator[str]) -> None:
    """Look at what stands behind EXPLAIN: ANALYZE, or a list of options, or a statement that may be in parentheses."""
    first = next(words, "")
    if first in {"ANALYZE", "ANALYSE"}:
        _refuse("EXPLAIN ANALYZE")
    if first != "(":
        return
    for number, word in enumerate(words):
        if word == ")" or (number == 0 and word in {"(", *READING_WORDS}):
            return
        if word != "," and word not in EXPLAIN_OPTIONS:
            _refuse(f"EXPLAIN with {word}")


def _refuse(what: str) -> NoReturn:
    raise RefusedError(
        f"{what} is refused: this database is only read",
        hint=f"it takes {', '.join(READING_WORDS)} (without ANALYZE); what writes belongs on a scratch database",
    )


def _require(query: Any, connection: psycopg.Connection[Any]) -> None:
    if connection.info.transaction_status == TransactionStatus.IDLE:
        _refuse("a statement outside of connection() and tx()")
    require_reading(statement_text(query, connection))


class SubjectCursor(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that lets only reading statements through, each by the extended protocol."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Self:
        """Execute a statement that reads."""
        _require(query, self.connection)
        return super().execute(query, *args, **kwargs)

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        """Execute a statement that reads, several times."""
        _require(query, self.connection)
        super().executemany(query, params_seq, returning=returning)

    def stream(self, query: Any, *args: Any, **kwargs: Any) -> Iterator[tuple[Any, ...]]:
        """Execute a statement that reads, and yield its rows as they come."""
        _require(query, self.connection)
        return super().stream(query, *args, **kwargs)

    def copy(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: COPY ... TO PROGRAM runs a program even in a READ ONLY transaction."""
        _refuse("COPY")

    def _execute_send(self, query: Any, *, binary: bool | None = None, **_: Any) -> None:
        # psycopg's own switch, which stream() uses: without parameters it would send a simple query, and that may hold
        # several statements, a COMMIT among them. `tests/target` proves that the server refuses them.
        super()._execute_send(query, force_extended=True, binary=binary)


class SubjectServerCursor(psycopg.ServerCursor[tuple[Any, ...]]):
    """A server-side cursor over a statement that reads."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Self:
        """Declare the cursor for a statement that reads."""
        _require(query, self.connection)
        return super().execute(query, *args, **kwargs)

    def copy(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse, as the other cursor does."""
        _refuse("COPY")


class SubjectConnection(psycopg.Connection[tuple[Any, ...]]):
    """A session that is always in a READ ONLY transaction while it is lent, and keeps nothing of it."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Open a session that says nothing of the surroundings at its start."""
        with silent_start():
            return super().connect(*args, **kwargs)

    def begin(self) -> None:
        """Begin reading: one round trip, by `SET LOCAL` only."""
        psycopg.Cursor(self).execute(BEGIN, prepare=False)

    def end(self) -> None:
        """End reading. Rolled back, so that a set_config() for the session does not stay on a pooled one either."""
        psycopg.Cursor(self).execute("ROLLBACK", prepare=False)

    def commit(self) -> None:
        """Begin anew, with a fresh snapshot: there is nothing to commit."""
        if self._in_block():
            super().commit()  # psycopg forbids it within its transaction(), and says so
        self.end()
        self.begin()

    def rollback(self) -> None:
        """Begin anew, with a fresh snapshot."""
        if self._in_block():
            super().rollback()
        self.end()
        self.begin()

    def set_autocommit(self, value: bool) -> None:
        """Refuse: outside of a transaction nothing would be READ ONLY."""
        _refuse(f"autocommit = {value}")

    def _in_block(self) -> bool:
        return bool(getattr(self, "_num_transactions", 0))


def _guard(connection: Connection) -> None:
    connection.cursor_factory = SubjectCursor
    connection.server_cursor_factory = SubjectServerCursor


class SubjectDatabase(Database):
    """A `Database` that is only read: the target, or a scratch database in its place.

    `connection()` and `tx()` lend a session in a READ ONLY transaction, which is rolled back in the end; a commit in it
    is harmless. READ ONLY does not stop every function with an effect: look at a real database with a role that cannot
    write.

    Args:
        conninfo: Where it is.
    """

    def __init__(self, conninfo: Conninfo) -> None:
        super().__init__(
            SETTINGS.with_(url=conninfo),
            configure=_guard,
            connection_class=SubjectConnection,
            # The transactions are ours to begin, so psycopg must not.
            connect={"autocommit": True, "prepare_threshold": None},
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection in a READ ONLY transaction.

        Raises:
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: The database was closed.
        """
        with self._lent() as connection:
            yield connection

    @contextmanager
    def _lent(self, timeout: float | None = None) -> Iterator[Connection]:
        with super()._lent(timeout) as connection:
            assert isinstance(connection, SubjectConnection)
            try:
                connection.begin()
                yield connection
            finally:
                # The server may have ended the session; what was read stands, and the block's own error must be seen.
                with suppress(psycopg.OperationalError):
                    connection.end()

    @contextmanager
    def _begun(self, connection: Connection, options: TransactionOptions) -> Iterator[None]:  # noqa: ARG002 - it is begun
        if options:
            _refuse(", ".join(options))
        yield

    @contextmanager
    def _lease(self) -> Iterator[Connection]:
        self._require_no_transaction()
        with self._lent() as connection:
            yield connection

    def as_role(self, role: str) -> Self:
        """Refuse: a session that changes its role cannot be told from one that a pooler hands on."""
        raise RefusedError(
            f'cannot act as "{role}" on a database that is only read',
            hint="name the role in the URL, or ask a scratch database (assay_db)",
        )
