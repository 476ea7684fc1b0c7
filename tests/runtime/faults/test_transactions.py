"""Transactions that PostgreSQL asks to run again, and handles that are used in the wrong way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import PgassayError
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings, IsolationLevel, Transaction, TransactionError
from pgassay.runtime.backoff import delays
from tests.runtime.faults.support import Make, at_once

pytestmark = pytest.mark.thorough

COUNTER = "CREATE TABLE t AS SELECT id, 0 AS n FROM generate_series(1, 2) AS id"
READ, WRITE = "SELECT n FROM t WHERE id = 1", "UPDATE t SET n = %s WHERE id = 1"


@pytest.fixture
def db(database: Conninfo, make: Make) -> Database:
    db = make(database, timeout=10)
    db.none(COUNTER)
    return db


def test_concurrent_increments_are_run_again_until_each_has_counted(db: Database) -> None:
    attempts: list[int] = []

    def increment(tx: Transaction) -> int:
        attempts.append(1)
        first = len(attempts) <= 8
        n = int(tx.value(READ)) + 1
        if first:
            tx.value("SELECT 1 FROM pg_sleep(0.3)")  # the others read meanwhile, so all but one must come again
        tx.none(WRITE, [n])
        return n

    results = at_once(8, lambda: db.run_tx(increment, retries=50, isolation=IsolationLevel.SERIALIZABLE))
    assert sorted(results) == [1, 2, 3, 4, 5, 6, 7, 8]  # of the attempts that were committed
    assert len(attempts) > 8
    assert db.value(READ) == 8


def test_a_deadlock_is_run_again(db: Database) -> None:
    both = threading.Barrier(2)
    order = iter([(1, 2), (2, 1)])
    attempts: list[int] = []

    def twice() -> None:
        first, second = next(order)

        def function(tx: Transaction) -> None:
            attempts.append(first)
            tx.none("UPDATE t SET n = n + 1 WHERE id = %s", [first])
            if len(attempts) <= 2:
                both.wait(10)
            tx.none("UPDATE t SET n = n + 1 WHERE id = %s", [second])

        db.run_tx(function)

    db.none(f'ALTER DATABASE "{db.conninfo.get("dbname")}" SET deadlock_timeout = 10')
    assert at_once(2, twice) == [None, None]
    assert len(attempts) == 3
    assert db.values("SELECT n FROM t") == [2, 2]


def fails(tx: Transaction, sqlstate: str, attempts: list[int]) -> None:
    attempts.append(1)
    tx.none(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{sqlstate}'; END $$")


@pytest.mark.parametrize(
    ("sqlstate", "kind", "count"),
    [
        ("40001", psycopg.errors.SerializationFailure, 3),
        ("40P01", psycopg.errors.DeadlockDetected, 3),
        ("40003", psycopg.errors.StatementCompletionUnknown, 1),
        ("23505", psycopg.errors.UniqueViolation, 1),
    ],
)
def test_it_gives_up_with_the_original_error(db: Database, sqlstate: str, kind: type[Exception], count: int) -> None:
    attempts: list[int] = []
    with pytest.raises(kind) as caught:
        db.run_tx(lambda tx: fails(tx, sqlstate, attempts), retries=2)
    assert len(attempts) == count
    assert isinstance(caught.value, PgassayError)
    assert db.connection_status().pool.in_use == 0


def test_an_error_of_another_kind_is_let_through_at_once(db: Database) -> None:
    attempts: list[int] = []

    def function(tx: Transaction) -> None:
        attempts.append(1)
        tx.none(WRITE, [5])
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        db.run_tx(function)
    assert (attempts, db.value(READ)) == ([1], 0)


def test_pauses_are_random_within_a_bound_that_doubles() -> None:
    seen = [list(delays(8)) for _ in range(200)]
    longest = [max(column) for column in zip(*(row[:-1] for row in seen), strict=True)]
    assert {row[-1] for row in seen} == {None}
    assert all(0.8 * bound < one <= bound for one, bound in zip(longest, [0.02 * 2**i for i in range(6)], strict=False))
    assert all(a < b for a, b in pairwise(longest[:6]))
    assert max(longest) <= 1.0


def run_again(db: Database) -> None:
    db.run_tx(lambda tx: tx.none("SELECT 1"))


def ask(db: Database) -> None:
    db.query("SELECT 1")


def options(db: Database) -> None:
    with db.tx(read_only=True):
        pass


@pytest.mark.parametrize(
    ("misuse", "said"),
    [
        (run_again, "run_tx() is called within a transaction, of which a part cannot be run again"),
        (ask, "is in a transaction, and the database's own helpers would use another connection"),
        (options, "a savepoint cannot have read_only: they belong to the whole transaction"),
    ],
)
def test_what_cannot_be_meant_within_a_transaction_is_refused(
    db: Database, misuse: Callable[[Database], None], said: str
) -> None:
    with db.tx() as tx:
        with pytest.raises(TransactionError) as caught:
            misuse(db)
        assert said in caught.value.message
        tx.none(WRITE, [1])
    assert db.value(READ) == 1


def test_a_handle_is_over_with_its_block(db: Database) -> None:
    with db.tx() as tx, tx.tx() as inner:
        pass
    for handle in (tx, inner):
        with pytest.raises(TransactionError, match="the transaction has ended"):
            handle.query("SELECT 1")


def test_a_handle_belongs_to_who_began_it(db: Database) -> None:
    with db.tx() as tx:
        (error,) = at_once(1, lambda: tx.query("SELECT 1"))
        assert isinstance(error, TransactionError)
        assert error.message.startswith(("the transaction belongs to thread", "the transaction belongs to task"))
        assert at_once(1, lambda: db.value(READ)) == [0]  # somebody else has a connection of their own
        assert tx.value("SELECT 1") == 1


def test_a_swallowed_error_is_not_committed(db: Database) -> None:
    with pytest.raises(TransactionError, match="its error was not let through"), db.tx() as tx:
        tx.none(WRITE, [1])
        with pytest.raises(psycopg.errors.DivisionByZero):
            tx.query("SELECT 1 / 0")
    assert db.value(READ) == 0


def test_savepoints_undo_their_own_part(db: Database) -> None:
    with db.tx() as tx:
        tx.none(WRITE, [1])
        with pytest.raises(psycopg.errors.DivisionByZero), db.tx() as one, one.tx() as two:
            two.none(WRITE, [2])
            two.query("SELECT 1 / 0")
        with tx.tx() as three:
            three.none("UPDATE t SET n = 3 WHERE id = 2")
    assert db.values("SELECT n FROM t ORDER BY id") == [1, 3]


def test_a_savepoint_in_a_failed_transaction_is_refused_and_all_goes_on(db: Database) -> None:
    with pytest.raises(psycopg.errors.InFailedSqlTransaction) as caught, db.tx() as tx:
        with pytest.raises(psycopg.errors.DivisionByZero):
            tx.query("SELECT 1 / 0")
        with tx.tx():
            pass
    assert "put what may fail into a tx() of its own" in str(caught.value)
    assert [db.value(READ) for _ in range(3)] == [0] * 3
    with db.tx() as tx:
        tx.none(WRITE, [1])
    assert db.value(READ) == 1


@pytest.mark.anyio
async def test_gather_within_a_transaction_is_refused(database: Conninfo) -> None:
    """Each coroutine becomes a task of its own, and one connection does one thing at a time."""
    async with AsyncDatabase(DatabaseSettings(url=database)) as db:
        with pytest.raises(TransactionError, match="the transaction belongs to task"):
            async with db.tx() as tx:
                await asyncio.gather(tx.query("SELECT 1"), tx.query("SELECT 2"))
        assert await db.value("SELECT 1") == 1


@pytest.mark.anyio
async def test_a_child_task_within_a_transaction_is_outside_of_it(database: Conninfo) -> None:
    async with AsyncDatabase(DatabaseSettings(url=database)) as db:
        async with db.tx() as tx:
            await tx.none("CREATE TABLE t ()")
            child: asyncio.Task[Any] = asyncio.create_task(db.value("SELECT to_regclass('t')"))
            assert await child is None
        assert await db.value("SELECT to_regclass('t')::text") == "t"
