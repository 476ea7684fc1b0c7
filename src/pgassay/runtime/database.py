"""A database behind a pool of connections."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeAlias

import psycopg
import psycopg_pool
from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime.errors import BusyError, ClosedError, ConnectError

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Configure: TypeAlias = Callable[[Connection], None]
Become: TypeAlias = Callable[[Conninfo, str], Conninfo]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """How a pool behaves.

    Attributes:
        minimum: Connections that are kept open.
        maximum: Connections at most.
        idle: Seconds after which an unused connection above the minimum is closed.
        wait: Seconds that a borrower waits for a connection to become free.
        connect_timeout: Seconds to connect, where neither the URL nor PGCONNECT_TIMEOUT says otherwise.
    """

    minimum: int = 2
    maximum: int = 20
    idle: float = 30.0
    wait: float = 10.0
    connect_timeout: int = 2


APPLICATION = PoolOptions()
# A pool of minimum 2 costs more to open than a test's whole budget (7.9 ms against 4.2 ms, two cores).
UNDER_TEST = PoolOptions(minimum=0)


def acting_as(conninfo: Conninfo, role: str) -> Conninfo:
    """Return the same login with `role` as its current role, from the first statement on.

    It stands in the connection string, so every driver that is given the URL acts as that role too, and neither
    RESET ROLE nor DISCARD ALL leaves it (tried on 14, 15 and 18). The login must be a member of the role.
    """
    # libpq splits `options` at spaces, and a backslash takes the next character as it is.
    escaped = "".join(f"\\{c}" if c == "\\" or c.isspace() else c for c in role)
    others = conninfo.get("options").strip()
    return conninfo.with_(options=f"{others} -c role={escaped}".strip())


class Database:
    """A database, its connections pooled; opened by `open`, by `with`, or by the first use.

    Args:
        conninfo: Where it is.
        pool: How its pool behaves.
        configure: Called with each new connection, before it is handed out.
        become: How a role is acted as: from this database's login to the role's.
        connection_class: What the pool opens.
        connect: Further arguments of its `connect`, such as `prepare_threshold`.
    """

    def __init__(
        self,
        conninfo: Conninfo | str,
        *,
        pool: PoolOptions = APPLICATION,
        configure: Configure | None = None,
        become: Become = acting_as,
        connection_class: type[Connection] = psycopg.Connection,
        connect: Mapping[str, Any] | None = None,
    ) -> None:
        self.conninfo = Conninfo(conninfo) if isinstance(conninfo, str) else conninfo
        self.pool_options = pool
        self._configure = configure
        self._become = become
        self._connection_class = connection_class
        self._connect = dict(connect or {})
        self._pool: psycopg_pool.ConnectionPool[Connection] | None = None
        self._closed = False
        self._reached = False
        self._roles: dict[str, Self] = {}
        # Two threads that are the first to ask must not make two pools, nor two databases of one role.
        self._lock = Lock()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Open the pool, again where it was closed, and wait for its minimum of connections; may be repeated.

        Raises:
            ConnectError: The database cannot be reached.
        """
        with self._lock:
            self._closed = False
        pool = self._opened()
        try:
            pool.wait(timeout=self._connect_timeout)
        except psycopg_pool.PoolTimeout:
            self.close()
            raise self._unavailable() from None

    def close(self) -> None:
        """Close all connections; may be repeated."""
        with self._lock:
            pool, self._pool, self._closed, self._reached = self._pool, None, True, False
            roles, self._roles = self._roles, {}
        for database in roles.values():
            database.close()
        if pool is not None:
            pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; what it did is committed at the end, or rolled back where an error leaves the block.

        Raises:
            ConnectError: The database cannot be reached.
            BusyError: All connections are in use, and none became free in time.
            ClosedError: The database was closed.
        """
        pool = self._opened()
        connection = self._borrow(pool)
        try:
            with connection:  # does not close what belongs to a pool
                yield connection
        finally:
            pool.putconn(connection)

    @contextmanager
    def tx(self) -> Iterator[Connection]:
        """Lend a connection in a transaction of its own, committed at the end, or rolled back on an error."""
        with self.connection() as connection, connection.transaction():
            yield connection

    def as_role(self, role: str) -> Self:
        """Return this database as another role sees it; it is closed together with this one.

        Args:
            role: The role's name, as it is, without quotes.
        """
        with self._lock:
            if role not in self._roles:
                self._roles[role] = self._with(self._become(self.conninfo, role))
            return self._roles[role]

    def _with(self, conninfo: Conninfo) -> Self:
        """Return another of this kind; a subclass with a constructor of its own overrides this."""
        return type(self)(
            conninfo,
            pool=self.pool_options,
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
        # Those on libpq (psycopg, psycopg2) hand `options` on; asyncpg and pg8000 end in a TypeError.
        if self.conninfo.get("options").strip() and driver and not driver.startswith("psycopg"):
            raise UsageError(
                f'SQLAlchemy with "{driver}" cannot act as a role that may not log in: its URL has no place for it',
                hint='let the role log in (LOGIN, CONNECT on the database), or use the driver "psycopg"',
            )
        return self.url.replace("postgresql://", f"postgresql+{driver}://" if driver else "postgresql://", 1)

    def env(self) -> dict[str, str]:
        """Return libpq's variables (PGHOST, PGUSER, ...) for the environment of a subprocess.

        Merge them over the environment: `{**os.environ, **database.env()}`.
        """
        names = {o.keyword.decode(): o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
        # An address in the surrounding environment would win over the host.
        said = {"hostaddr": "", **self.conninfo.parameters}
        return {names[keyword]: value for keyword, value in said.items() if keyword in names}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.conninfo.redacted}>"

    def _opened(self) -> psycopg_pool.ConnectionPool[Connection]:
        with self._lock:
            if self._closed:
                raise ClosedError(f"{self!r} was closed", hint="open() opens it again")
            if self._pool is None:
                self._pool = self._new_pool()
                self._pool.open()
            return self._pool

    def _new_pool(self) -> psycopg_pool.ConnectionPool[Connection]:
        return psycopg_pool.ConnectionPool(
            self.conninfo.with_(connect_timeout=self._connect_timeout).dsn,
            connection_class=self._connection_class,
            kwargs=self._connect,
            min_size=self.pool_options.minimum,
            max_size=self.pool_options.maximum,
            max_idle=self.pool_options.idle,
            timeout=self.pool_options.wait,
            configure=self._configure,
            open=False,
        )

    @property
    def _connect_timeout(self) -> int:
        said = self.conninfo.get("connect_timeout") or os.environ.get("PGCONNECT_TIMEOUT", "")
        return int(said) if said.isdecimal() and int(said) else self.pool_options.connect_timeout

    def _borrow(self, pool: psycopg_pool.ConnectionPool[Connection]) -> Connection:
        # The pool tries again and again behind a borrower's back: for the first connection a wrong address must not
        # cost more than the time to connect.
        wait = self.pool_options.wait if self._reached else min(self.pool_options.wait, self._connect_timeout)
        try:
            connection = pool.getconn(timeout=wait)
        except psycopg_pool.PoolTimeout:
            raise self._unavailable() from None
        self._reached = True
        return connection

    def _unavailable(self) -> ConnectError | BusyError:
        """Find out why the pool gave no connection: it keeps the reason to itself."""
        conninfo = self.conninfo.with_(connect_timeout=self._connect_timeout)
        try:
            self._connection_class.connect(conninfo.dsn, **self._connect).close()
        except psycopg.OperationalError as error:
            reason = conninfo.redact(str(error).strip())
            return ConnectError(f"cannot connect to {conninfo.redacted}: {reason}", sqlstate=error.sqlstate)
        return BusyError(
            f"no connection to {conninfo.redacted} became free: all {self.pool_options.maximum} of the pool are in use",
            hint="close what is borrowed (with database.connection() as ...:) before borrowing more",
        )
