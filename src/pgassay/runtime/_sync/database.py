# Generated from _async/database.py by `make sync`: change that one.
"""A database behind a pool of connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeAlias, TypedDict, TypeVar, Unpack

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.conninfo import Conninfo
from pgassay.runtime._sync.lender import Configure, Lender
from pgassay.runtime._sync.queries import Queries
from pgassay.runtime._sync.statistics import Statistics
from pgassay.runtime._sync.transaction import Transaction, begun, settled
from pgassay.runtime._sync.waiting import Result, after, name_of_who, protect, sleep, who
from pgassay.runtime.addresses import Become, acting_as, environment_of, sqlalchemy_url
from pgassay.runtime.backoff import delays
from pgassay.runtime.errors import COMMIT, RETRYABLE, TransactionError, statement_error
from pgassay.runtime.liveness import hang_up
from pgassay.runtime.logs import Recorder
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.status import ConnectionStatus, Ping

T = TypeVar("T")
Connection: TypeAlias = psycopg.Connection[Any]

_PING = """
SELECT pg_catalog.pg_is_in_recovery(),
       CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN NULL
            WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()
             AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN 0  -- all that was sent is there
            ELSE extract(epoch FROM pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp())::float8
       END
"""


class TransactionOptions(TypedDict, total=False):
    """What a transaction may be begun with; what is left out is the connection's.

    Attributes:
        isolation: Its isolation level.
        read_only: Whether it may only read.
        deferrable: Whether a serializable, read-only one waits until it cannot fail.
    """

    isolation: psycopg.IsolationLevel | None
    read_only: bool | None
    deferrable: bool | None


class Database(Queries):
    """A database, its connections pooled; opened by `with`, by `open()`, or by the first use.

    Args:
        where: A URL, or settings; default: `DatabaseSettings.load()`, which reads DATABASE_URL, libpq's variables and
            `.env`. What a URL leaves open is loaded likewise.
        configure: Called with each new connection, before it is handed out.
        become: How a role is acted as: from this database's login to the role's.
        connection_class: What the pool opens.
        connect: Further arguments of its `connect`, such as `prepare_threshold`.

    Raises:
        UsageError: The settings mean nothing.
    """

    def __init__(
        self,
        where: DatabaseSettings | Conninfo | str | None = None,
        *,
        configure: Configure | None = None,
        become: Become = acting_as,
        connection_class: type[Connection] = psycopg.Connection,
        connect: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = where if isinstance(where, DatabaseSettings) else DatabaseSettings.load(url=where)
        self.conninfo = self.settings.url
        self._configure = configure
        self._become = become
        self._connection_class = connection_class
        self._connect = dict(connect or {})
        self._lender = Lender(
            self.settings, connection_class=connection_class, connect=self._connect, configure=configure
        )
        self._recorder = Recorder(self.settings, self.conninfo.get("dbname"))
        self._transactions: dict[object, Transaction] = {}
        self._roles: dict[str, Self] = {}

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connect once, open the pool, and wait for its minimum of connections; may be repeated, also after `close`.

        Raises:
            ConnectError: The database cannot be reached within the timeout; the reason stands in it.
        """
        self._lender.open()

    def close(self) -> None:
        """Close all connections; may be repeated. Those that are lent are closed when they come back."""
        protect(self._close)

    def _close(self) -> None:
        roles, self._roles = self._roles, {}
        for database in roles.values():
            database.close()
        self._lender.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend psycopg's own connection; what it did is committed at the end, or rolled back where an error leaves.

        It is another one than that of a transaction in progress.

        Raises:
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: The database was closed.
        """
        with self._lent() as connection, settled(connection):
            yield connection

    @contextmanager
    def tx(self, **options: Unpack[TransactionOptions]) -> Iterator[Transaction]:
        """Begin a transaction: committed at the end of the block, or rolled back where an error leaves it.

        Within a transaction of the same task or thread it is a savepoint of that one.

        Args:
            options: `isolation` (`psycopg.IsolationLevel`), `read_only`, `deferrable`; default: the connection's.

        Raises:
            TransactionError: A savepoint cannot have options; or a statement failed and its error was swallowed.
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: The database was closed.
        """
        outer = self._transaction_of_who()
        if outer is not None:
            _refuse_options(options)
            with outer.tx() as inner:
                yield inner
            return
        with (
            self._lent() as connection,
            self._begun(connection, options),
            Transaction(connection, self.settings, self._recorder) as transaction,
        ):
            owner = who()
            self._transactions[owner] = transaction
            try:
                yield transaction
            finally:
                del self._transactions[owner]

    def run_tx(
        self,
        function: Callable[[Transaction], Result[T]],
        *,
        retries: int = 3,
        **options: Unpack[TransactionOptions],
    ) -> T:
        """Call a function in a transaction, again where PostgreSQL asks for it: serialization failure, deadlock.

        Between two attempts it waits for a random time, at most 20 ms, then 40 ms, and so on up to 1 s.

        Args:
            function: Called with the transaction, once for each attempt; what it did outside of it is not undone.
            retries: How often it may be called again.
            options: As for `tx`.

        Returns:
            What the function returned in the attempt that was committed.

        Raises:
            TransactionError: It is called within a transaction, of which a part cannot be run again.
        """
        if self._transaction_of_who() is not None:
            raise TransactionError(
                "run_tx() is called within a transaction, of which a part cannot be run again",
                hint="call it outside, or use tx(), a savepoint",
            )
        for delay in delays(retries):
            try:
                with self.tx(**options) as transaction:
                    return function(transaction)
            except psycopg.Error as error:
                if error.sqlstate not in RETRYABLE or delay is None:
                    raise
            sleep(delay)
        raise AssertionError

    def ping(self, timeout: float | None = None) -> Ping:
        """Ask the server for a sign of life, through the pool.

        Args:
            timeout: Seconds that it may take in all; default: the settings' timeout.

        Raises:
            psycopg.Error: There was no answer in time, or the database cannot be reached.
        """
        began = monotonic()
        wait = timeout or self.settings.timeout
        with self._lent(wait) as connection:
            replica, lag = self._answer(connection, began + wait - monotonic())
        return Ping(seconds=monotonic() - began, replica=replica, lag=lag)

    def is_healthy(self, timeout: float | None = None) -> bool:
        """Tell whether the database answers in time; never raises for what is wrong with it.

        Args:
            timeout: Seconds that it may take in all; default: the settings' timeout.
        """
        try:
            self.ping(timeout)
        except psycopg.Error:
            return False
        return True

    def connection_status(self) -> ConnectionStatus:
        """Return whether the database can be reached, since when, and what the pool does; asks nobody."""
        return self._lender.reached.status(self._lender.figures())

    @property
    def statistics(self) -> Statistics:
        """What pg_stat_statements has gathered."""
        return Statistics(self)

    def as_role(self, role: str) -> Self:
        """Return this database as another role sees it; it is closed together with this one.

        Args:
            role: The role's name, as it is, without quotes.
        """
        if role not in self._roles:
            self._roles.setdefault(role, self._with(self._become(self.conninfo, role)))
        return self._roles[role]

    def _with(self, conninfo: Conninfo) -> Self:
        """Return another of this kind; a subclass with a constructor of its own overrides this."""
        return type(self)(
            self.settings.with_(url=conninfo),
            configure=self._configure,
            become=self._become,
            connection_class=self._connection_class,
            connect=self._connect,
        )

    @property
    def url(self) -> str:
        """The URL `postgresql://user@host/database`, for any driver; with the password, if there is one."""
        return self.conninfo.portable.url

    def sqlalchemy_url(self, driver: str = "psycopg") -> str:
        """Return the URL as SQLAlchemy wants it.

        Args:
            driver: SQLAlchemy's name of the driver, such as `asyncpg`; empty: its default.

        Raises:
            UsageError: The role is acted as without a login of its own, for which this driver's URLs have no place.
        """
        return sqlalchemy_url(self.conninfo, driver)

    def env(self) -> dict[str, str]:
        """Return libpq's variables (PGHOST, PGUSER, ...) for the environment of a subprocess.

        Merge them over the environment: `{**os.environ, **database.env()}`.
        """
        return environment_of(self.conninfo)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.conninfo.redacted}>"

    def _transaction_of_who(self) -> Transaction | None:
        return self._transactions.get(who()) if self._transactions else None

    def _require_no_transaction(self) -> None:
        if self._transaction_of_who() is not None:
            raise TransactionError(
                f"{name_of_who()} is in a transaction, and the database's own helpers would use another connection, "
                "which does not see what the transaction has done",
                hint="use the transaction's handle: with database.tx() as tx: tx.query(...)",
            )

    @contextmanager
    def _lease(self) -> Iterator[Connection]:
        self._require_no_transaction()
        with self._lent() as connection:
            try:
                yield connection
            except BaseException:
                with suppress(psycopg.Error):  # the block's own error must be seen; the pool closes what is not idle
                    connection.rollback()
                raise
            try:
                connection.commit()
            except psycopg.Error as error:
                raise statement_error(error, COMMIT, None, lost=connection.closed) from None

    def _lent(self, timeout: float | None = None) -> AbstractContextManager[Connection]:
        """Lend a connection as it is."""
        return self._lender.lend(timeout)

    @contextmanager
    def _begun(self, connection: Connection, options: TransactionOptions) -> Iterator[None]:
        """Begin a transaction on a lent connection; what it is begun with does not stay with the connection."""
        before = _characteristics(connection)
        try:
            if options:
                _set_characteristics(connection, {**before, **options})
            with begun(connection):
                yield
        finally:
            if options:
                _restore_characteristics(connection, before)

    def _answer(self, connection: Connection, wait: float) -> tuple[bool, float | None]:
        cursor = connection.cursor()
        try:
            # A server that hangs, and a network that swallows everything, would be waited for for ever.
            with after(wait, lambda: hang_up(connection)):
                row = (cursor.execute(_PING)).fetchone()
                connection.rollback()
        except psycopg.Error as error:
            raise statement_error(error, _PING, None, lost=connection.closed) from None
        assert row is not None
        return row[0], row[1]


def _refuse_options(options: TransactionOptions) -> None:
    if options:
        raise TransactionError(
            f"a savepoint cannot have {', '.join(options)}: they belong to the whole transaction",
            hint="give them to the outermost tx()",
        )


def _characteristics(connection: Connection) -> TransactionOptions:
    return {
        "isolation": connection.isolation_level,
        "read_only": connection.read_only,
        "deferrable": connection.deferrable,
    }


def _set_characteristics(connection: Connection, options: TransactionOptions) -> None:
    connection.set_isolation_level(options["isolation"])
    connection.set_read_only(options["read_only"])
    connection.set_deferrable(options["deferrable"])


def _restore_characteristics(connection: Connection, before: TransactionOptions) -> None:
    """Give a connection its own characteristics back; where that cannot be, nobody shall have it again."""
    restored = False
    try:
        # Cancelled in its COMMIT or ROLLBACK, it may be in the midst of something: then psycopg would refuse, and that
        # error would take the place of the cancellation.
        if connection.info.transaction_status == TransactionStatus.IDLE:
            _set_characteristics(connection, before)
            restored = True
    finally:
        if not restored:
            connection.close()
