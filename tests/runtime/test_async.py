"""What only asyncio has: loops that end, and tasks that are cancelled. Other faults are in tests/runtime/faults."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import AsyncDatabase, ConnectError, NoRowError
from pgassay.sandbox.database import UNDER_TEST

LEFT_OPEN = """
import asyncio, sys
from pgassay.runtime import AsyncDatabase, ConnectError, DatabaseSettings

async def use():
    database = AsyncDatabase(DatabaseSettings(url=sys.argv[1], min_size=0, timeout=0.2))
    try:
        await database.value("SELECT 1")
    except ConnectError as error:
        print(error.hint)

asyncio.run(use())
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql://me@127.0.0.1:{listener.getsockname()[1]}/db"


def test_a_loop_ends_while_the_pool_is_connecting(silent: str) -> None:
    """psycopg_pool's own workers take the cancellation for a failed attempt: the program would never end."""
    run = subprocess.run(
        [sys.executable, "-c", LEFT_OPEN, silent], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stdout == "look whether the server runs, and whether it can be reached\n"


def test_it_is_made_outside_of_a_loop_and_opens_in_the_one_that_runs(database: Conninfo) -> None:
    db = AsyncDatabase(UNDER_TEST.with_(url=database))

    async def use() -> list[int]:
        before = await db.value("SELECT 1")
        await db.close()
        await db.open()
        return [before, await db.value("SELECT 2")]

    assert asyncio.run(use()) == [1, 2]
    assert asyncio.run(use()) == [1, 2]  # in another loop, the first being over


def test_a_pool_belongs_to_one_loop(database: Conninfo) -> None:
    db = AsyncDatabase(UNDER_TEST.with_(url=database))
    with asyncio.Runner() as one, asyncio.Runner() as other:
        assert one.run(db.value("SELECT 1")) == 1
        with pytest.raises(UsageError, match="belongs to another event loop, which is still there"):
            other.run(db.value("SELECT 1"))
        one.run(db.close())


@pytest.mark.anyio
async def test_the_helpers_are_the_same(async_db: AsyncDatabase) -> None:
    await async_db.none("CREATE TABLE t (a int)")
    assert await async_db.copy_in("COPY t FROM STDIN", _rows()) == 3
    async with async_db.stream("SELECT a FROM t ORDER BY a", into=tuple) as rows:
        assert [row async for row in rows] == [(0,), (1,), (2,)]
    async with async_db.copy_out("COPY t TO STDOUT") as copy:
        assert [row async for row in copy.rows()] == [("0",), ("1",), ("2",)]
    with pytest.raises(NoRowError):
        await async_db.one("SELECT a FROM t WHERE a > 5")
    async with async_db.tx() as tx, tx.tx() as inner:
        assert await inner.none("DELETE FROM t") == 3
    assert await async_db.values("SELECT a FROM t") == []
    assert await async_db.is_healthy()


async def _rows() -> AsyncIterator[tuple[int]]:
    for number in range(3):
        yield (number,)


@pytest.mark.anyio
async def test_a_database_that_cannot_be_reached_is_told_once_it_is_awaited() -> None:
    with pytest.raises(ConnectError, match="refused"):
        await AsyncDatabase(UNDER_TEST.with_(url=Conninfo("postgresql://me@127.0.0.1:1/db"), timeout=0.5)).open()
