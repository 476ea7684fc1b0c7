"""Open the target: a real database, which is only ever read."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar

import psycopg

from pgassay.conninfo import Conninfo
from pgassay.errors import TargetError
from pgassay.servers.environment import silent_start
from pgassay.servers.server import service_hint
from pgassay.target.reading import reading
from pgassay.target.subject import SubjectDatabase

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

CONNECT_TIMEOUT = 10  # seconds; a serverless database takes some to wake up
CANCEL_TIMEOUT = 1.0  # seconds
ATTEMPTS = 3  # a standby cancels readers that are in the way of its replay (SQLSTATE 40001)

# What holds where the URL does not say otherwise. A dead network must end a run: no timeout of the server's reaches
# through it. Address and `options` are those of the URL alone: PGHOSTADDR would lead to another server than it names,
# and a pooler refuses what PGOPTIONS says. Name and encoding are for `SET LOCAL`: what is said at the start stays on a
# pooler's session, and its next client gets it unless it says something itself.
DEFAULTS = {
    "hostaddr": "",
    "options": "",
    "application_name": "",
    "client_encoding": "",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

# One row about the session and the database: pg_roles has the role's attributes, pg_database its owner.
FACTS: LiteralString = """
SELECT current_setting('server_version_num')::int / 10000,
       current_setting('server_version'),
       d.datname,
       r.rolname,
       r.rolsuper,
       pg_catalog.pg_has_role(d.datdba, 'MEMBER'),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.pg_postmaster_start_time()::text
  FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
 WHERE r.rolname = current_user
   AND d.datname = current_database()
"""
MAY_IDENTIFY: LiteralString = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
IDENTIFY: LiteralString = "SELECT system_identifier FROM pg_catalog.pg_control_system()"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What there is to know about the target before its catalog is read.

    Attributes:
        major: PostgreSQL's major version.
        version: The full version, such as `15.18`.
        database: The database's name.
        role: The role that looks.
        superuser: Whether that role is one: it could write.
        owner: Whether that role owns the database, or is a member of the role that does: it could write.
        standby: Whether the server is in recovery.
        started: When the server was started, to the microsecond, as text: no two servers share it.
        system_identifier: Of the cluster; shared with its standbys and copies. None where it may not be read.
    """

    major: int
    version: str
    database: str
    role: str
    superuser: bool
    owner: bool
    standby: bool
    started: str
    system_identifier: int | None


class Target:
    """A database that is only ever read; opened when it is first read, closed by `close` or at the end of `with`.

    Args:
        conninfo: Where it is. Nothing that is shown has its password.
    """

    def __init__(self, conninfo: Conninfo) -> None:
        self.conninfo = conninfo
        self._connection: Connection | None = None
        self._failure: TargetError | None = None
        self._facts: TargetFacts | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Target {self.conninfo.redacted}>"

    def close(self) -> None:
        """Disconnect; may be repeated. What could not be opened is tried again after it."""
        self._failure = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def cancel(self) -> None:
        """Have the server end what it does for us at the moment; for another thread than the one that reads."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=CANCEL_TIMEOUT)

    @property
    def connection(self) -> Connection:
        """The session, in autocommit and never preparing, for what opens its own `reading` transactions.

        One that cannot be opened is not tried again: each of many checks would wait for the same timeout.

        Raises:
            TargetError: It cannot be opened.
        """
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if self._connection is None or self._connection.closed:
            self._connection = self._open()
        return self._connection

    def use(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` makes of the session; it opens its own `reading` transactions.

        Args:
            work: Called again where a standby's replay was in its way.

        Raises:
            TargetError: The target cannot be opened or read.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work(self.connection)
            except psycopg.errors.SerializationFailure as error:
                if attempt == ATTEMPTS:
                    raise self._unreadable(error) from error
            except psycopg.Error as error:
                raise self._unreadable(error) from error
        raise AssertionError("the last attempt returns or raises")

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads in one transaction, REPEATABLE READ and READ ONLY.

        Args:
            work: Called within the transaction; again where a standby's replay was in its way.

        Raises:
            TargetError: The target cannot be opened or read.
        """

        def within(connection: Connection) -> T:
            with reading(connection):
                return work(connection)

        return self.use(within)

    @property
    def facts(self) -> TargetFacts:
        """What there is to know, asked once.

        Raises:
            TargetError: The target cannot be opened or read, or is older than PostgreSQL 14.
        """
        # No cached_property: up to Python 3.11 all targets have one lock for it, and would wait for each other.
        if self._facts is None:
            self._facts = self._ask()
        return self._facts

    def _ask(self) -> TargetFacts:
        facts = self.read(_read_facts)
        if facts.major < 14:
            raise TargetError(
                f"{self.conninfo.redacted} is PostgreSQL {facts.version}; 14 is the oldest that can be read"
            )
        return facts

    def database(self) -> SubjectDatabase:
        """Return a pooled database for queries of the user's own, which only reads."""
        return SubjectDatabase(self._explicit())

    def _explicit(self) -> Conninfo:
        said = self.conninfo.parameters
        timeout = os.environ.get("PGCONNECT_TIMEOUT") or str(CONNECT_TIMEOUT)
        return self.conninfo.with_(**{"connect_timeout": timeout, **DEFAULTS, **said})

    def _open(self) -> Connection:
        conninfo = self._explicit()
        try:
            with silent_start():
                return psycopg.connect(conninfo.dsn, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            # Not chained: psycopg's frames below hold the connection string.
            self._failure = TargetError(
                f"cannot open the target {self.conninfo.redacted}: {self.conninfo.redact(str(error).strip())}",
                hint=service_hint(str(error))
                or "it is read with the role, the password and the timeout (connect_timeout) of its URL",
                sqlstate=error.sqlstate,
            )
            raise self._failure from None

    def _unreadable(self, error: psycopg.Error) -> TargetError:
        return TargetError(
            f"cannot read the target {self.conninfo.redacted}: {self.conninfo.redact(str(error).strip())}",
            sqlstate=error.sqlstate,
        )


def _read_facts(connection: Connection) -> TargetFacts:
    major, version, database, role, superuser, owner, standby, started = _row(connection, FACTS)
    # Asked first, because a function is refused when a query is planned, whether it is called or not.
    (may_identify,) = _row(connection, MAY_IDENTIFY)
    return TargetFacts(
        major=major,
        version=version.split()[0],
        database=database,
        role=role,
        superuser=superuser,
        owner=owner,
        standby=standby,
        started=started,
        system_identifier=_row(connection, IDENTIFY)[0] if may_identify else None,
    )


def _row(connection: Connection, query: LiteralString) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
