"""The read-only transaction in which catalogs are read, of the target and of every other database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgassay.errors import UsageError

STATEMENT_TIMEOUT = 60.0  # seconds; a catalog query of 5,000 tables takes less than one
LOCK_TIMEOUT = 1.0  # seconds; a reader that queues behind ALTER TABLE makes everybody behind it wait as well
IDLE_TIMEOUT = 60.0  # seconds; a reader that was stopped must not hold the horizon of VACUUM

Reading = Callable[..., AbstractContextManager[None]]
"""`reading` or `undisturbed`: takes a connection and timeouts by name."""

# How names, constants and expressions are written: every text of a catalog is read under these. The path decides which
# names are printed bare (pg_temp last, for a pooled session may hold somebody's temporary "pg_class");
# standard_conforming_strings because ruleutils.c doubles backslashes without it.
RENDERING = sql.SQL("""\
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1;
SET LOCAL lc_monetary = 'C';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC'""")

# One string, hence one round trip. row_security off turns rows that a policy hides into an error; jit off because it
# costs more than any catalog query. Tables are joined in the order in which a query names them: to try others takes a
# sixth of the time that a small database needs. Our name is said here and not at the connection's start, where a pooler
# would keep it for its next client; a name of the user's own stays.
_SETTINGS = sql.SQL("""\
SET LOCAL statement_timeout = {statement_timeout};
SET LOCAL lock_timeout = {lock_timeout};
SET LOCAL idle_in_transaction_session_timeout = {idle_timeout};
SET LOCAL row_security = off;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL jit = off;
SET LOCAL join_collapse_limit = 1;
SET LOCAL from_collapse_limit = 1;
{rendering};
SELECT set_config('application_name', 'pgassay', true) WHERE current_setting('application_name') = ''
""")


@contextmanager
def reading(
    connection: psycopg.Connection[Any],
    *,
    statement_timeout: float = STATEMENT_TIMEOUT,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Iterator[None]:
    """Read in one transaction: REPEATABLE READ, READ ONLY, every setting by `SET LOCAL`, opened in one round trip.

    Nothing of it outlives the transaction, so a transaction-mode pooler hands nothing of ours to its next client.

    Args:
        connection: In autocommit and idle; with `prepare_threshold=None` where a pooler may be between.
        statement_timeout: Seconds; 0 means no limit.
        lock_timeout: Seconds; 0 means no limit.

    Raises:
        UsageError: The connection is not in autocommit, or a transaction is open on it.
    """
    _require_idle(connection)
    try:
        settings = _settings(statement_timeout=statement_timeout, lock_timeout=lock_timeout)
        connection.execute(sql.SQL("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ") + settings)
        yield
    except BaseException:
        with suppress(psycopg.Error):  # the connection may be gone; what is told is the first error
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT", prepare=False)  # psycopg prepares even that, where it is executed often


def settle(connection: psycopg.Connection[Any]) -> None:
    """Have a session that is nobody else's read as in `reading`, statement by statement, from now on.

    Args:
        connection: In autocommit; never to a target, for its settings last as long as it does.
    """
    _require_idle(connection)
    settings = _settings(statement_timeout=STATEMENT_TIMEOUT, lock_timeout=LOCK_TIMEOUT).as_string(connection)
    connection.execute(settings.replace("SET LOCAL", "SET").encode())


@contextmanager
def undisturbed(connection: psycopg.Connection[Any], *, lock_timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Stand for `reading` in a session that was settled, where nobody alters what is read meanwhile."""
    del lock_timeout  # nobody holds a lock either
    _require_idle(connection)
    yield


def _require_idle(connection: psycopg.Connection[Any]) -> None:
    """Outside autocommit psycopg would send a BEGIN of its own, and inside a transaction ours would be ignored."""
    if not connection.autocommit:
        raise UsageError("a catalog is read on a connection in autocommit, and this one is not")
    if connection.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}:
        raise UsageError("a catalog is read in a transaction of its own, and one is open on this connection")


def _settings(*, statement_timeout: float, lock_timeout: float) -> sql.Composed:
    return _SETTINGS.format(
        statement_timeout=_milliseconds(statement_timeout),
        lock_timeout=_milliseconds(lock_timeout),
        idle_timeout=_milliseconds(IDLE_TIMEOUT),
        rendering=RENDERING,
    )


def _milliseconds(seconds: float) -> sql.Literal:
    return sql.Literal(round(seconds * 1000))
