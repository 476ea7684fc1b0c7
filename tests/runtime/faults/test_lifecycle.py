"""Opening, closing, forking, and loops that come and go."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import AsyncDatabase, ClosedError, Database, DatabaseSettings, PoolFigures, State
from tests.runtime.faults.blocking import PATIENCE
from tests.runtime.faults.network import Proxy
from tests.runtime.faults.support import Make, at_once, running, until

pytestmark = pytest.mark.thorough


def test_many_that_open_at_once_open_one_pool(database: Conninfo, make: Make) -> None:
    db = make(database, min_size=4, timeout=10)
    assert at_once(8, db.open) == [None] * 8
    until(lambda: running(database, "", states=["idle"]) == 4)
    assert db.connection_status().pool == PoolFigures(minimum=4, maximum=20, open=4)


def test_many_that_are_first_to_ask_open_one_pool(database: Conninfo, make: Make) -> None:
    for _ in range(5):
        db = make(database, timeout=10)
        assert at_once(8, lambda: db.value("SELECT 1")) == [1] * 8  # noqa: B023 - it is called here
        db.close()


def test_closing_lets_what_is_lent_come_back(database: Conninfo, make: Make) -> None:
    db = make(database, min_size=1)
    with ThreadPoolExecutor(1) as threads, db.tx() as tx:
        assert tx.value("SELECT 1") == 1
        threads.submit(db.close).result(PATIENCE)
        assert tx.value("SELECT 2") == 2
        with pytest.raises(ClosedError, match="was closed"):
            threads.submit(db.query, "SELECT 1").result(PATIENCE)
    db.close()
    assert db.connection_status().state is State.CLOSED
    assert db.connection_status().pool == PoolFigures(minimum=1, maximum=20)
    until(lambda: not running(database, "", states=["idle", "active", "idle in transaction"]))


def test_closing_tells_those_who_wait(database: Conninfo, make: Make) -> None:
    db = make(database, max_size=1, timeout=PATIENCE)
    with ThreadPoolExecutor(1) as threads, db.tx():
        waiting = threads.submit(db.query, "SELECT 1")
        until(lambda: db.connection_status().pool.waiting == 1)
        db.close()
        with pytest.raises(ClosedError, match="was closed while a connection was waited for"):
            waiting.result(PATIENCE)


def test_it_may_be_opened_again_while_an_old_connection_is_out(database: Conninfo, make: Make) -> None:
    db = make(database, min_size=1)
    with db.tx() as tx:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(db.close).result(PATIENCE)
            threads.submit(db.open).result(PATIENCE)
        assert tx.value("SELECT 1") == 1
    assert db.value("SELECT 1") == 1
    assert db.connection_status().pool == PoolFigures(minimum=1, maximum=20, open=1)


@pytest.mark.slow
def test_closing_while_it_is_opened_is_told_to_who_opens(proxy: Proxy, make: Make) -> None:
    db = make(proxy.url, min_size=2, timeout=2)
    proxy.hold_after(1)  # open() connects once itself; the pool's own connections hang
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(db.open)
        until(lambda: db.connection_status().pool.open == 2)
        threading.Timer(0.1, proxy.resume).start()
        db.close()
        with pytest.raises(ClosedError, match="was closed while it was opened"):
            opening.result(PATIENCE)
    assert db.connection_status().state is State.CLOSED


def test_closing_leaves_no_thread(database: Conninfo) -> None:
    before = set(threading.enumerate())
    with Database(DatabaseSettings(url=database, min_size=3)) as db:
        db.query("SELECT 1")
    assert set(threading.enumerate()) == before


def test_closing_leaves_no_task(database: Conninfo) -> None:
    async def use() -> set[asyncio.Task[object]]:
        async with AsyncDatabase(DatabaseSettings(url=database, min_size=3)) as db:
            await db.query("SELECT 1")
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(use()) == set()


@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_one_loop_after_the_other(database: Conninfo, caplog: pytest.LogCaptureFixture) -> None:
    # What a record of the log holds is not collected: an attempt to connect that the end of a loop cancelled.
    caplog.set_level("CRITICAL", logger="psycopg.pool")
    db = AsyncDatabase(DatabaseSettings(url=database, max_size=3))

    async def use() -> list[object]:
        return list(await asyncio.gather(*(db.value("SELECT 1") for _ in range(10))))

    for _ in range(3):
        assert asyncio.run(use()) == [1] * 10
        assert db.connection_status().pool.in_use == 0
    asyncio.run(db.close())
    gc.collect()
    until(lambda: not running(database, "", states=["idle"]))


def test_two_loops_at_once_are_refused(database: Conninfo) -> None:
    db = AsyncDatabase(DatabaseSettings(url=database))
    said = "belongs to another event loop, which is still there"

    async def use() -> None:
        await db.query("SELECT 1")
        with ThreadPoolExecutor(1) as threads:
            for call in (lambda: db.query("SELECT 1"), db.open, db.close):
                with pytest.raises(UsageError, match=said):
                    threads.submit(asyncio.run, call()).result(PATIENCE)
        await db.query("SELECT 1")
        await db.close()

    asyncio.run(use())


@pytest.mark.parametrize("call", [AsyncDatabase.open, AsyncDatabase.ping])
def test_without_a_loop_of_asyncio_it_is_told(database: Conninfo, call: object) -> None:
    """As under trio."""
    with pytest.raises(UsageError, match="is used where no event loop of asyncio runs"):
        call(AsyncDatabase(database)).send(None)  # type: ignore[operator]


def test_a_loop_that_ends_while_the_pool_connects_ends(proxy: Proxy) -> None:
    db = AsyncDatabase(DatabaseSettings(url=proxy.url))
    proxy.stall()
    began = time.monotonic()
    done = ThreadPoolExecutor(1).submit(asyncio.run, db.is_healthy(0.1))
    assert done.result(PATIENCE) is False
    assert time.monotonic() - began < 1.0
    proxy.resume()


def test_a_fork_has_a_pool_of_its_own(database: Conninfo) -> None:
    with Database(DatabaseSettings(url=database, min_size=2)) as db:
        mine = db.value("SELECT pg_backend_pid()")
        child = os.fork()
        if child == 0:
            os._exit(db.value("SELECT pg_backend_pid()") in {mine, None})
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert [db.value("SELECT 1") for _ in range(4)] == [1] * 4


def test_a_fork_that_closes_does_not_disturb_its_parent(database: Conninfo) -> None:
    with Database(DatabaseSettings(url=database, min_size=2)) as db:
        pids = {db.value("SELECT pg_backend_pid()") for _ in range(4)}
        child = os.fork()
        if child == 0:
            db.close()
            del db
            gc.collect()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert {db.value("SELECT pg_backend_pid()") for _ in range(4)} == pids
