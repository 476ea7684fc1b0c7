"""A pool that is used up, and many that share it."""

from __future__ import annotations

import asyncio
import re
import threading
import time

import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, BusyError, DatabaseSettings, PoolFigures
from tests.runtime.faults.support import Make, all_usable, at_once, until

pytestmark = pytest.mark.thorough

FULL = PoolFigures(minimum=0, maximum=2, open=2, in_use=2)


def test_a_pool_that_is_used_up_says_who_waits_and_who_holds(database: Conninfo, make: Make) -> None:
    db = make(database, max_size=2, timeout=0.2)
    with db.connection(), db.connection():
        began = time.monotonic()
        (error,) = at_once(1, lambda: db.query("SELECT 1"))
        assert 0.2 <= time.monotonic() - began < 0.7
        assert isinstance(error, BusyError)
        assert re.fullmatch(
            rf"(thread|task) ThreadPoolExecutor-\d+_0 waited 0\.2 s for a connection to {re.escape(address(db))}, and "
            r"none became free: all 2 of the pool are in use, (thread|task) MainThread has held one for 0\.[2-7] s",
            error.message,
        )
        assert error.hint == "give back what is borrowed before borrowing more, shorten transactions, or raise max_size"
        assert db.connection_status().pool == FULL
    assert db.value("SELECT 1") == 1


def address(db: object) -> str:
    return str(db.conninfo.with_(connect_timeout=2).redacted)  # type: ignore[attr-defined]


def test_those_who_wait_are_counted(database: Conninfo, make: Make) -> None:
    db = make(database, max_size=1, timeout=0.4)
    with db.connection():
        waiting = threading.Thread(target=lambda: errors.extend(at_once(3, lambda: db.query("SELECT 1"))))
        errors: list[BusyError] = []
        waiting.start()
        until(lambda: db.connection_status().pool.waiting == 3)
        assert db.connection_status().pool.saturated
        waiting.join()
        assert db.connection_status().pool.waiting == 0
    assert {type(error) for error in errors} == {BusyError}


def test_who_holds_all_and_wants_one_more_is_not_stuck(database: Conninfo, make: Make) -> None:
    db = make(database, max_size=1, timeout=0.1)
    with db.connection(), pytest.raises(BusyError, match=r"(thread|task) MainThread has held one"):
        db.query("SELECT 1")
    assert db.value("SELECT 1") == 1


def test_two_hundred_share_twenty(database: Conninfo, make: Make) -> None:
    db = make(database, timeout=20)
    assert at_once(200, lambda: db.value("SELECT 1 FROM pg_sleep(0.001)")) == [1] * 200
    assert db.connection_status().pool.open <= 20
    assert all_usable(db, 20)
    assert db.connection_status().pool == PoolFigures(minimum=0, maximum=20, open=20)


@pytest.mark.anyio
async def test_two_hundred_tasks_share_twenty(database: Conninfo, caplog: pytest.LogCaptureFixture) -> None:
    """And nothing in it makes the pool complain of what it is given back."""

    async def work(number: int) -> int:
        async with db.tx() as tx, tx.tx() as inner:
            await asyncio.sleep(0)
            return int(await inner.value("SELECT %s::int", [number]))

    async with AsyncDatabase(DatabaseSettings(url=database, timeout=20)) as db:
        assert await asyncio.gather(*map(work, range(200))) == list(range(200))
        assert db.connection_status().pool.in_use == 0
    assert not [record for record in caplog.records if record.name.startswith("psycopg")]
