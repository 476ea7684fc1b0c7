"""A task that is cancelled: its query ends on the server, and its connection comes back clean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, DatabaseSettings, IsolationLevel, PoolFigures
from tests.runtime.faults.network import Proxy, silence
from tests.runtime.faults.support import running, until_true

pytestmark = pytest.mark.anyio
SLEEP = "SELECT pg_sleep(60)"
SLOW_COMMIT = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
CREATE TABLE t (a int);
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()
"""


@pytest.fixture
async def db(database: Conninfo) -> AsyncIterator[AsyncDatabase]:
    """A pool of one connection: whoever comes next gets the one that was cancelled."""
    async with AsyncDatabase(DatabaseSettings(url=database, min_size=1, max_size=1, timeout=5)) as db:
        yield db


async def require_clean(db: AsyncDatabase) -> None:
    """The next borrower finds nothing of the last one's, and nothing of it runs on."""
    async with db.connection() as connection:
        assert (connection.info.transaction_status, connection._num_transactions) == (0, 0)
        assert (connection.isolation_level, connection.read_only, connection.deferrable) == (None, None, None)
    async with db.tx() as tx:
        assert await tx.query("SELECT 1 AS a") == [{"a": 1}]
    assert await db.query("SELECT 2 AS a") == [{"a": 2}]
    await until_true(lambda: db.connection_status().pool == PoolFigures(minimum=1, maximum=1, open=1))
    await until_true(lambda: not running(db.conninfo, "pg_sleep"))


async def cancelled_while(db: AsyncDatabase, what: Awaitable[object], text: str, *, times: int = 1) -> None:
    """Cancel a task once its statement runs on the server; several times, step by step."""
    task = asyncio.ensure_future(what)
    await until_true(lambda: running(db.conninfo, text))
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def in_tx(db: AsyncDatabase, query: str = SLEEP) -> None:
    async with db.tx(isolation=IsolationLevel.SERIALIZABLE, read_only=query == SLEEP) as tx:
        await tx.query("SELECT 1")
        await tx.execute(query)


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_in_a_query(db: AsyncDatabase, times: int) -> None:
    await cancelled_while(db, db.query(SLEEP), "pg_sleep", times=times)
    await require_clean(db)


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_in_a_transaction(db: AsyncDatabase, times: int) -> None:
    await cancelled_while(db, in_tx(db), "pg_sleep", times=times)
    await require_clean(db)


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_in_a_commit(db: AsyncDatabase, times: int) -> None:
    await db.none(SLOW_COMMIT)
    await cancelled_while(db, in_tx(db, "INSERT INTO t VALUES (1)"), "COMMIT", times=times)
    await require_clean(db)
    await cancelled_while(db, db.none("INSERT INTO t VALUES (1)"), "COMMIT", times=times)
    await require_clean(db)
    assert await db.query("SELECT * FROM t") == []


async def test_in_a_copy(db: AsyncDatabase) -> None:
    async def rows() -> AsyncIterator[tuple[int]]:
        yield (1,)
        await asyncio.sleep(60)

    await db.none("CREATE TABLE t (a int)")
    await cancelled_while(db, db.copy_in("COPY t FROM STDIN", rows()), "COPY")
    await require_clean(db)
    assert await db.query("SELECT * FROM t") == []


async def test_in_a_stream(db: AsyncDatabase) -> None:
    async def stream() -> None:
        query = "SELECT pg_sleep(CASE WHEN i > 5 THEN 60 ELSE 0 END) FROM generate_series(1, 10) AS i"
        async with db.stream(query, size=2) as rows:
            async for _ in rows:
                pass

    await cancelled_while(db, stream(), "FETCH")
    await require_clean(db)


async def test_by_a_timeout(db: AsyncDatabase) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await db.query(SLEEP)
    await require_clean(db)


@pytest.mark.parametrize("use", [lambda db: db.query(SLEEP), in_tx], ids=["query", "tx"])
async def test_by_a_cancel_scope_which_cancels_at_every_await(
    db: AsyncDatabase, use: Callable[[AsyncDatabase], Awaitable[object]]
) -> None:
    with anyio.move_on_after(0.1) as scope:
        await use(db)
    assert scope.cancelled_caught
    await require_clean(db)


@pytest.mark.skipif(
    not psycopg.capabilities.has_cancel_safe(), reason="an older driver holds the GIL, and with it the proxy"
)
async def test_by_a_cancel_scope_over_tcp(proxy: Proxy) -> None:
    """Where the request to cancel takes more than one step."""
    async with AsyncDatabase(DatabaseSettings(url=proxy.url, min_size=1, max_size=1, timeout=5)) as db:
        for _ in range(5):
            with anyio.move_on_after(0.05):
                await db.query(SLEEP)
        await require_clean(db)


async def test_in_one_task_of_a_group_whose_other_fails(db: AsyncDatabase) -> None:
    async def fail() -> None:
        await until_true(lambda: running(db.conninfo, "pg_sleep"))
        raise LookupError

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(db.query(SLEEP))
            group.create_task(fail())
    assert [type(error) for error in caught.value.exceptions] == [LookupError]
    await require_clean(db)


async def test_while_it_waits_for_the_pool(db: AsyncDatabase) -> None:
    async with db.connection():
        waiting = [asyncio.create_task(db.query("SELECT 1")) for _ in range(10)]
        await until_true(lambda: db.connection_status().pool.waiting == 10)
        for task in waiting:
            task.cancel()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in done] == [asyncio.CancelledError] * 10
        assert db.connection_status().pool.waiting == 0
    await require_clean(db)


@pytest.mark.parametrize("steps", range(12))
async def test_at_the_moment_in_which_it_is_handed_a_connection(db: AsyncDatabase, steps: int) -> None:
    async with db.connection():
        task = asyncio.create_task(db.query("SELECT 1"))
        await until_true(lambda: db.connection_status().pool.waiting == 1)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await require_clean(db)


@pytest.mark.parametrize("steps", range(30))
async def test_at_any_step_of_a_transaction(db: AsyncDatabase, steps: int) -> None:
    task = asyncio.create_task(in_tx(db, "SELECT 1"))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await require_clean(db)


async def test_while_it_opens() -> None:
    with silence() as url:
        db = AsyncDatabase(DatabaseSettings(url=url))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await db.open()
        assert db.connection_status().pool.open == 0


async def test_while_the_pool_is_filled(database: Conninfo) -> None:
    before = asyncio.all_tasks()
    db = AsyncDatabase(DatabaseSettings(url=database, min_size=20, max_size=20))
    opening = asyncio.create_task(db.open())
    await until_true(lambda: db.connection_status().pool.open == 20)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await until_true(lambda: asyncio.all_tasks() == before)


@pytest.mark.parametrize("steps", range(6))
async def test_while_it_closes(database: Conninfo, steps: int) -> None:
    before = asyncio.all_tasks()
    db = AsyncDatabase(DatabaseSettings(url=database, min_size=3))
    await db.open()
    closing = asyncio.create_task(db.close())
    for _ in range(steps):
        await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    await db.close()
    await until_true(lambda: asyncio.all_tasks() == before)
    await until_true(lambda: not sessions(database))


def sessions(url: Conninfo) -> int:
    return running(url, "", states=("idle", "active"))
