"""Sessions that know which role they act as, and scripts run in them from a clean start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString, Protocol
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError
from pgassay.migrations.execute import run_each, run_whole
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.foreign import run_code, run_pieces
from pgassay.migrations.model import Script
from pgassay.migrations.send import Connection

_LOG = logging.getLogger("pgassay.migrations")
_LEVELS = {"WARNING": logging.WARNING, "NOTICE": logging.INFO, "INFO": logging.INFO, "LOG": logging.INFO}

# What another runner committed while we waited for the ledger's lock must be seen, whatever the database's default is.
# A default of READ ONLY stays: somebody has frozen that database.
_BEGIN: LiteralString = "BEGIN ISOLATION LEVEL READ COMMITTED"

OnNotice = Callable[[Diagnostic], None]

# A database in SQL_ASCII would answer in bytes where the client does not choose an encoding.
_SETTINGS: LiteralString = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SET client_encoding = 'UTF8'"
# What RESET ALL leaves, and a file must not find: DISCARD ALL would do, and let go of the runner's advisory lock too.
_OBJECTS: LiteralString = "CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMP; DISCARD SEQUENCES"

# The statement by which a connection becomes the role that it acts as; none: it stays who logged in.
_ACTING: WeakKeyDictionary[Connection, sql.Composed] = WeakKeyDictionary()


class Connector(Protocol):
    """Where a runner's sessions come from."""

    def as_owner(self) -> Connection:
        """Open a session in autocommit that acts as the role which runs migrations."""

    def as_superuser(self) -> Connection | None:
        """Open one that acts as a superuser; None where there is none to be had."""


def act_as(connection: Connection, role: str, *, authorization: bool) -> None:
    """Make a connection act as a role, now and after each start of a script.

    Args:
        connection: In autocommit.
        role: The role.
        authorization: Whether the session's user becomes it too (SET SESSION AUTHORIZATION), which only a superuser
            may do; else SET ROLE.

    Raises:
        MigrationError: The role does not exist, or the one that logged in may not become it.
    """
    how = sql.SQL("SET SESSION AUTHORIZATION {}") if authorization else sql.SQL("SET ROLE {}")
    _ACTING[connection] = how.format(sql.Identifier(role))
    start(connection)


def start(connection: Connection) -> None:
    """Take back what files before have set or left in the session, and act as its role again.

    Raises:
        MigrationError: The role does not exist, or the one that logged in may not become it.
    """
    connection.prepare_threshold = None  # a script, and the next line but one, may deallocate what psycopg prepares
    _become(connection, f"{_SETTINGS}; {_OBJECTS}")


def settle(connection: Connection) -> None:
    """Inside a transaction, take back what the script in it has set, so that the ledger does not see it."""
    _become(connection, _SETTINGS)


def _become(connection: Connection, before: LiteralString) -> None:
    """Execute something, and act as the connection's role again, in one round trip."""
    acting = _ACTING.get(connection)
    try:
        connection.execute(sql.SQL("; ").join([sql.SQL(before), *([acting] if acting else [])]))
    except psycopg.Error as error:
        if acting is None:
            raise
        raise MigrationError(
            f'"{connection.info.user}" cannot run migrations as their owner: {error.diag.message_primary or error}',
            hint="make the owner role, and the one that logs in a member of it (GRANT owner TO login)",
            sqlstate=error.sqlstate,
        ) from None


def run_script(connection: Connection, script: Script, *, path: Path, on_notice: OnNotice | None = None) -> None:
    """Run a script from a clean start: RESET ALL, and the connection's role again.

    A transactional one is whole or not at all; another one runs statement by statement; another tool's runs as it does
    there.

    Args:
        connection: In autocommit. It becomes the role of `act_as` again, else the one that logged in.
        script: What to run.
        path: Its file, for errors, unless it names one itself.
        on_notice: Is given the server's notices; default: they go to the log `pgassay.migrations`.

    Raises:
        ScriptError: A statement failed, or the script ended the transaction that it runs in.
        MigrationError: The script cannot be split into statements, or the role cannot be had.
    """
    path = script.path or path
    start(connection)
    with forwarding(connection, on_notice):
        if script.run is not None:
            run_code(connection, script.run, path=path)
        elif script.pieces is not None:
            run_pieces(connection, script, path=path)
        elif not script.transaction:
            run_each(connection, script, path=path)
        else:
            with transaction(connection, path=path):
                run_whole(connection, script, path=path)


@contextmanager
def forwarding(connection: Connection, on_notice: OnNotice | None) -> Iterator[None]:
    """Give the server's notices to `on_notice` meanwhile, or to the log."""
    handler = on_notice or _log_notice
    connection.add_notice_handler(handler)
    try:
        yield
    finally:
        connection.remove_notice_handler(handler)


def _log_notice(notice: Diagnostic) -> None:
    _LOG.log(_LEVELS.get(notice.severity_nonlocalized or "", logging.DEBUG), "%s", notice.message_primary)


@contextmanager
def transaction(connection: Connection, *, path: Path) -> Iterator[None]:
    """Begin, and commit at the end; an error, Ctrl-C too, rolls back whatever is left to roll back."""
    connection.execute(_BEGIN)
    try:
        yield
        _commit(connection, path)
    except BaseException:
        with suppress(psycopg.Error):  # a lost connection has nothing left to roll back
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        raise


def _commit(connection: Connection, path: Path) -> None:
    """Deferred constraints are looked at here, after the last statement of the file."""
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        lost = connection.closed
        raise ScriptError(
            f'"{path}", at its end: {error.diag.message_primary or str(error).strip()}',
            path=path,
            statement="COMMIT",
            details=[f"detail: {error.diag.message_detail}"] if error.diag.message_detail else (),
            hint="whether it was committed is not known: look at `pgassay migrate status`" if lost else None,
            sqlstate=error.sqlstate,
        ) from None
