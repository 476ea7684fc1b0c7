"""Make one step, and write it into the ledger: in one transaction, or statement by statement."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.errors import MigrationError, PgassayError
from pgassay.migrations import bookkeeping
from pgassay.migrations.execute import run_each, run_whole
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.ledger import LedgerRow, State, read
from pgassay.migrations.model import Direction, Step
from pgassay.migrations.plan import way_on
from pgassay.migrations.send import Connection
from pgassay.migrations.session import OnNotice, forwarding, settle, start, transaction
from pgassay.migrations.split import Statement

Rows = tuple[LedgerRow, ...]

INSUFFICIENT_PRIVILEGE = "42501"
SUPERUSERS = (
    "the step runs as the owner: what only a superuser may do belongs into schema/init, "
    "or behind the marker's superuser:true"
)
_MOST_LINES = 20  # statements that a message names

# Not the parents of partitioned indexes: those are invalid until every partition has one.
_INVALID: LiteralString = """
SELECT i.indexrelid, format('%I.%I', n.nspname, c.relname), c.relname
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid
   AND c.relkind = 'i'
"""


def make_whole(
    connection: Connection, step: Step, rows: Rows, *, lock_timeout: float, on_notice: OnNotice | None
) -> tuple[Rows, float]:
    """Make a step and its ledger row in one transaction.

    Args:
        connection: In autocommit.
        step: The step.
        rows: What the ledger must say before.
        lock_timeout: How long a statement waits for a lock, in seconds.
        on_notice: Is given the server's notices.

    Returns:
        What the ledger says now, and how long it took in seconds.

    Raises:
        MigrationError: Anything went wrong; nothing of the step stays.
    """
    begun, path = time.monotonic(), step.migration.path
    start(connection)
    with forwarding(connection, on_notice), transaction(connection, path=path):
        connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(lock_timeout * 1000)}ms"])
        bookkeeping.lock(connection, rows)
        with _naming_the_superuser(step):
            run_whole(connection, step.script, path=path)
        settle(connection)
        seconds = time.monotonic() - begun
        _record(connection, step, seconds)
        after = read(connection)
    return after or (), seconds


def make_each(
    connection: Connection, step: Step, rows: Rows, *, on_notice: OnNotice | None, again: Callable[[], Connection]
) -> tuple[Rows, float]:
    """Make a step statement by statement, with a ledger row that says `started` before and `finished` after.

    Args:
        connection: In autocommit.
        step: The step.
        rows: What the ledger must say before.
        on_notice: Is given the server's notices.
        again: Opens another session, to look at what is left where this one was lost.

    Returns:
        What the ledger says now, and how long it took in seconds.

    Raises:
        MigrationError: A statement failed: which ones took effect, and how to go on.
    """
    begun, path = time.monotonic(), step.migration.path
    started = _mark(connection, step, rows, lambda: _begin(connection, step))
    invalid, done = _invalid_indexes(connection), list[Statement]()
    try:
        with forwarding(connection, on_notice), _naming_the_superuser(step):
            start(connection)
            # A timeout would cancel the wait of CREATE INDEX CONCURRENTLY for old transactions: an invalid index.
            connection.execute("SET lock_timeout = 0")
            run_each(connection, step.script, path=path, on_done=done.append)
        _refuse_invalid(connection, step)
    except (MigrationError, KeyboardInterrupt) as error:
        details = [_took_effect(done), *_left_behind(connection, step, invalid, again)]
        _explain(error, details, hint=way_on(step.migration.version))
        raise
    seconds = time.monotonic() - begun
    return _mark(connection, step, started, lambda: _finish(connection, step, seconds)), seconds


def _record(connection: Connection, step: Step, seconds: float) -> None:
    if step.direction is Direction.UP:
        bookkeeping.insert(connection, step.migration, State.FINISHED, seconds=seconds)
    else:
        bookkeeping.delete(connection, step.migration.version)


def _mark(connection: Connection, step: Step, rows: Rows, write: Callable[[], None]) -> Rows:
    """Write the ledger in a transaction of its own, from a clean start."""
    start(connection)
    with transaction(connection, path=step.migration.path):
        bookkeeping.lock(connection, rows)
        write()
        after = read(connection)
    return after or ()


def _begin(connection: Connection, step: Step) -> None:
    if step.direction is Direction.UP:
        bookkeeping.insert(connection, step.migration, State.STARTED, seconds=0)
    else:
        bookkeeping.update(connection, step.migration.version, State.REVERTING)


def _finish(connection: Connection, step: Step, seconds: float) -> None:
    if step.direction is Direction.UP:
        bookkeeping.update(connection, step.migration.version, State.FINISHED, seconds=seconds)
    else:
        bookkeeping.delete(connection, step.migration.version)


def _invalid_indexes(connection: Connection) -> dict[int, str]:
    """Return oid and quoted name of every invalid index."""
    return {int(oid): str(name) for oid, name, _ in connection.execute(_INVALID).fetchall()}


def _refuse_invalid(connection: Connection, step: Step) -> None:
    """After a failed build CREATE INDEX CONCURRENTLY IF NOT EXISTS succeeds, and the index stays invalid."""
    text = step.script.sql.lower()
    left = [str(name) for _, name, bare in connection.execute(_INVALID).fetchall() if str(bare).lower() in text]
    if left:
        path = step.migration.path
        raise ScriptError(
            f'"{path}": every statement succeeded, and yet an index that it names is invalid: {", ".join(left)}',
            path=path,
            details=[
                f"IF NOT EXISTS keeps what an earlier build left: DROP INDEX CONCURRENTLY {name};" for name in left
            ],
        )


def _left_behind(
    connection: Connection, step: Step, invalid: dict[int, str], again: Callable[[], Connection]
) -> list[str]:
    """Mark the ledger row, and return what there is to say about the indexes that became invalid meanwhile."""
    try:
        if connection.closed:
            with again() as another:
                return _mark_failed(another, step, invalid)
        return _mark_failed(connection, step, invalid)
    except (psycopg.Error, PgassayError) as lost:
        return [f"what is left could not be looked at: {str(lost).strip()}"]


def _mark_failed(connection: Connection, step: Step, invalid: dict[int, str]) -> list[str]:
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
    start(connection)
    with connection.transaction():
        failed = State.FAILED if step.direction is Direction.UP else State.REVERT_FAILED
        bookkeeping.update(connection, step.migration.version, failed)
    left = [name for oid, name in _invalid_indexes(connection).items() if oid not in invalid]
    return [f"an invalid index is left: DROP INDEX CONCURRENTLY {name};" for name in left]


@contextmanager
def _naming_the_superuser(step: Step) -> Iterator[None]:
    """Add to an error of missing privilege who the step ran as, and who may do it."""
    try:
        yield
    except ScriptError as error:
        if error.sqlstate == INSUFFICIENT_PRIVILEGE and not step.script.superuser:
            error.hint = f"{error.hint.rstrip('.')}; {SUPERUSERS}" if error.hint else SUPERUSERS
        raise


def _explain(error: BaseException, details: list[str], *, hint: str) -> None:
    """Add to an error what is known of what stays, and how to go on."""
    if isinstance(error, ScriptError):
        first = (f"hint: {error.hint}",) if error.hint else ()
        error.details += (*first, *details)
        error.hint = hint
        return
    for text in (*details, f"hint: {hint}"):
        error.add_note(text)


def _took_effect(done: list[Statement]) -> str:
    if not done:
        return "no statement before it has taken effect"
    lines = ", ".join(str(statement.line) for statement in done[:_MOST_LINES])
    more = f" and {len(done) - _MOST_LINES} more" if len(done) > _MOST_LINES else ""
    return f"these statements have taken effect and stay, by their lines: {lines}{more}"
