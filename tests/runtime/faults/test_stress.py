"""Cancellations at random moments: afterwards every connection is back, clean, and counted."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import anyio
import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, DatabaseSettings, IsolationLevel, PoolFigures
from tests.runtime.faults.support import running, until_true

pytestmark = pytest.mark.anyio
SIZE = 5
LONGEST = 0.02  # seconds after which a task is cancelled


async def query(db: AsyncDatabase) -> None:
    await db.query("SELECT pg_sleep(0.002)")


async def change(db: AsyncDatabase) -> None:
    async with db.tx(isolation=IsolationLevel.REPEATABLE_READ) as tx, tx.tx() as inner:
        await inner.none("INSERT INTO t VALUES (1)")
        await inner.none("DELETE FROM t WHERE a = 1")


async def stream(db: AsyncDatabase) -> None:
    async with db.stream("SELECT * FROM generate_series(1, 50)", size=7) as rows:
        async for _ in rows:
            await asyncio.sleep(0)


async def copy(db: AsyncDatabase) -> None:
    await db.copy_in("COPY t FROM STDIN", [(0,)] * 50)


async def ping(db: AsyncDatabase) -> None:
    await db.ping()


USES: list[Callable[[AsyncDatabase], Awaitable[None]]] = [query, change, stream, copy, ping]


async def cancelled(db: AsyncDatabase, chance: random.Random) -> None:
    """Use a database, and be cancelled at some moment: once, twice in a row, or at every await."""
    use, pause, manner = chance.choice(USES), chance.uniform(0, LONGEST), chance.randrange(3)
    if manner == 0:
        with anyio.move_on_after(pause):
            await use(db)
        return
    task = asyncio.ensure_future(use(db))
    await asyncio.sleep(pause)
    for _ in range(manner):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])


async def stress(database: Conninfo, seed: int, *, rounds: int) -> None:
    chance = random.Random(seed)
    async with AsyncDatabase(DatabaseSettings(url=database, min_size=SIZE, max_size=SIZE, timeout=10)) as db:
        await db.none("CREATE TABLE IF NOT EXISTS t (a int)")
        for _ in range(rounds):
            await asyncio.gather(*(cancelled(db, chance) for _ in range(4 * SIZE)))
        await require_all_idle(db)


async def require_all_idle(db: AsyncDatabase) -> None:
    await until_true(lambda: db.connection_status().pool == PoolFigures(minimum=SIZE, maximum=SIZE, open=SIZE))
    await until_true(lambda: not running(db.conninfo, "", states=["active", "idle in transaction"]))
    together = asyncio.Barrier(SIZE)

    async def hold() -> None:
        async with db.connection() as connection:
            assert (connection.info.transaction_status, connection._num_transactions) == (0, 0)
            assert connection.isolation_level is None
            await together.wait()

    await asyncio.gather(*(hold() for _ in range(SIZE)))
    async with db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM t WHERE a = 1") == 0


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_to_cancellations(database: Conninfo, seed: int) -> None:
    await stress(database, seed, rounds=5)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 110))
async def test_nothing_is_lost_to_many_cancellations(database: Conninfo, seed: int) -> None:
    await stress(database, seed, rounds=60)
