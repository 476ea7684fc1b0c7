"""What the tests of faults have in common."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import psycopg

from pgassay.conninfo import Conninfo
from pgassay.runtime import Database
from tests.runtime.faults.blocking import PATIENCE

# psycopg 3.2.2 tells that a session was ended, and not why.
TELLS_WHY = tuple(map(int, psycopg.__version__.split(".")[:2])) >= (3, 3)
Make: TypeAlias = Callable[..., Database]
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = ANY (%s) AND query LIKE %s"


def until(condition: Callable[[], Any], *, patience: float = PATIENCE) -> float:
    """Wait until something is so, and return how many seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + patience, f"not so within {patience} s"
        time.sleep(0.002)
    return time.monotonic() - began


def at_once(count: int, do: Callable[[], Any]) -> list[Any]:
    """Do something in many threads at once, and return what each of them got, be it an error."""
    barrier = threading.Barrier(count)

    def one() -> Any:
        barrier.wait()
        try:
            return do()
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as threads:
        return [one.result(PATIENCE) for one in [threads.submit(one) for _ in range(count)]]


def all_usable(db: Database, count: int) -> bool:
    """Tell whether so many can hold a connection of a pool at the same time."""
    barrier = threading.Barrier(count)

    def hold() -> Any:
        with db.tx() as tx:
            barrier.wait(PATIENCE)
            return tx.value("SELECT 1")

    return at_once(count, hold) == [1] * count


async def until_true(condition: Callable[[], Any]) -> None:
    """Wait until something is so, and let other tasks run meanwhile."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


def running(url: Conninfo, text: str, *, states: Sequence[str] = ("active",)) -> int:
    """Count the sessions of a database that execute something."""
    with psycopg.connect(url.with_(dbname="postgres").dsn, autocommit=True) as connection:
        row = connection.execute(_SESSIONS, [url.get("dbname"), list(states), f"%{text}%"]).fetchone()
    assert row is not None
    return int(row[0])
