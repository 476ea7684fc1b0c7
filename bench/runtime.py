"""What the runtime costs over psycopg_pool by hand, side by side in one run: medians, and ratios of medians.

Usage: python bench/runtime.py [queries|stream|tasks ...]; default: all. It starts a scratch server of its own.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg_pool
from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row, dict_row

from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings
from pgassay.runtime.logs import Recorder
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import load_settings

BLOCKS, CALLS = (
    15,
    200,
)  # the ratio is that of two medians within one block; the median and the extremes of all are told
ONE = "SELECT 1 AS id, 'ada@example.org' AS email, now() AS created_at"
ROWS = (
    "SELECT n AS id, 'user' || n || '@example.org' AS email, '2026-01-01'::timestamptz AS created_at "
    "FROM generate_series(1, 1000) AS n"
)
STREAM_ROWS = 5_000_000
STREAM = f"SELECT n AS id, 'user' || n || '@example.org' AS email FROM generate_series(1, {STREAM_ROWS}) AS n"
TASKS, POOL, ROUNDS = 200, 20, 9
WORK = "SELECT pg_sleep(0.005)"


@dataclass
class User:
    id: int
    email: str
    created_at: Any


Call = Callable[[], Any]
AsyncCall = Callable[[], Awaitable[Any]]


def main() -> None:
    wanted = set(sys.argv[1:]) or {"queries", "stream", "tasks"}
    with RunDirectory.create() as run:
        server = Provider(load_settings({}), run).server()
        print(server.description)
        url = server.conninfo.dsn
        if "queries" in wanted:
            measure_log()
            measure_queries(url)
            asyncio.run(measure_queries_async(url))
        if "stream" in wanted:
            measure_stream(url)
        if "tasks" in wanted:
            asyncio.run(measure_tasks(url))


def measure_queries(url: str) -> None:
    settings = DatabaseSettings(url=url)  # type: ignore[arg-type]
    pool: psycopg_pool.ConnectionPool[Connection[Any]]
    with Database(settings) as db, psycopg_pool.ConnectionPool(url, min_size=2, max_size=20) as pool:
        pool.wait()

        def one() -> Any:
            with pool.connection() as connection:
                return connection.cursor(row_factory=dict_row).execute(ONE).fetchone()

        def rows(sql: str, factory: Any) -> Any:
            with pool.connection() as connection:
                return connection.cursor(row_factory=factory).execute(sql).fetchall()

        compare("one(), 1 row", one, lambda: db.one(ONE))
        compare("query(), 1 row", lambda: rows(ONE, dict_row), lambda: db.query(ONE))
        compare("query(), 1,000 rows", lambda: rows(ROWS, dict_row), lambda: db.query(ROWS))
        compare(
            "query(into=dataclass), 1,000 rows",
            lambda: rows(ROWS, class_row(User)),
            lambda: db.query(ROWS, into=User),
        )


def measure_log() -> None:
    """Tell what the log costs a statement while nobody listens."""
    recorder = Recorder(DatabaseSettings(), "db")
    seconds = min(timeit.repeat(lambda: recorder.record(ONE, None, 0.001, rows=1), number=100_000, repeat=5)) / 100_000
    print(f"the log, off: {seconds * 1e6:.2f} us a statement")


async def measure_queries_async(url: str) -> None:
    settings = DatabaseSettings(url=url)  # type: ignore[arg-type]
    pool: psycopg_pool.AsyncConnectionPool[AsyncConnection[Any]]
    async with AsyncDatabase(settings) as db, psycopg_pool.AsyncConnectionPool(url, min_size=2, max_size=20) as pool:
        await pool.wait()

        async def one() -> Any:
            async with pool.connection() as connection:
                return await (await connection.cursor(row_factory=dict_row).execute(ONE)).fetchone()

        async def rows(sql: str, factory: Any) -> Any:
            async with pool.connection() as connection:
                return await (await connection.cursor(row_factory=factory).execute(sql)).fetchall()

        await compare_async("async one(), 1 row", one, lambda: db.one(ONE))
        await compare_async("async query(), 1 row", lambda: rows(ONE, dict_row), lambda: db.query(ONE))
        await compare_async("async query(), 1,000 rows", lambda: rows(ROWS, dict_row), lambda: db.query(ROWS))
        await compare_async(
            "async query(into=dataclass), 1,000 rows",
            lambda: rows(ROWS, class_row(User)),
            lambda: db.query(ROWS, into=User),
        )


def compare(name: str, by_hand: Call, ours: Call) -> None:
    """Call the two in turn, and print the ratio of their medians."""
    calls = CALLS // 10 if "1,000" in name else CALLS
    blocks = []
    for _ in range(BLOCKS + 1):
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(2 * calls):
            which = number % 2
            began = time.perf_counter()
            (ours if which else by_hand)()
            times[which].append(time.perf_counter() - began)
        blocks.append((statistics.median(times[0]), statistics.median(times[1])))
    report(name, blocks[1:])


async def compare_async(name: str, by_hand: AsyncCall, ours: AsyncCall) -> None:
    """Do the same in an event loop."""
    calls = CALLS // 10 if "1,000" in name else CALLS
    blocks = []
    for _ in range(BLOCKS + 1):
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(2 * calls):
            which = number % 2
            began = time.perf_counter()
            await (ours if which else by_hand)()
            times[which].append(time.perf_counter() - began)
        blocks.append((statistics.median(times[0]), statistics.median(times[1])))
    report(name, blocks[1:])


def report(name: str, blocks: list[tuple[float, float]]) -> None:
    ratios = sorted(ours / by_hand for by_hand, ours in blocks)
    by_hand, ours = (statistics.median(column) * 1e6 for column in zip(*blocks, strict=True))
    print(
        f"{name}: {ours:.0f} us, by hand {by_hand:.0f} us, ratio {statistics.median(ratios):.3f} "
        f"({ratios[0]:.3f} to {ratios[-1]:.3f})"
    )


def measure_stream(url: str) -> None:
    """Read five million rows in a process of its own, whose peak memory is then known."""
    code = f"from bench.runtime import read_stream; read_stream({url!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=__file__.rpartition("/bench/")[0])


def read_stream(url: str) -> None:
    with Database(DatabaseSettings(url=url)) as db:  # type: ignore[arg-type]
        db.one(ONE)
        before = peak()
        began = time.perf_counter()
        with db.stream(STREAM) as rows:
            count = sum(1 for _ in rows)
        seconds = time.perf_counter() - began
    print(f"stream(), {count:,} rows: {seconds:.1f} s, {(peak() - before) / 1e6:.1f} MB above the start")


def peak() -> int:
    """Return the largest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def measure_tasks(url: str) -> None:
    """Let 200 tasks share 20 connections; the wait is the time until a task has its connection."""
    settings = DatabaseSettings(url=url, min_size=POOL, max_size=POOL, timeout=30)  # type: ignore[arg-type]
    pool: psycopg_pool.AsyncConnectionPool[AsyncConnection[Any]]
    pool = psycopg_pool.AsyncConnectionPool(url, min_size=POOL, max_size=POOL, open=False)
    ratios = []
    async with AsyncDatabase(settings) as db, pool:
        await pool.wait()
        for _ in range(ROUNDS):
            by_hand = await waits(pool.connection)
            ours = await waits(db.connection)
            ratios.append((percentile(ours), percentile(by_hand)))
        figures = db.connection_status().pool
    ours, hand = (statistics.median(column) * 1000 for column in zip(*ratios, strict=True))
    ratio = statistics.median(a / b for a, b in ratios)
    print(f"{TASKS} tasks on {POOL} connections, 95th percentile of the wait: {ours:.1f} ms, ", end="")
    print(f"by hand {hand:.1f} ms, ratio {ratio:.3f}; open {figures.open}, in use {figures.in_use}")


async def waits(borrow: Callable[[], Any]) -> list[float]:
    """Return how long each task waited; all of them come to an end, or this would not return."""

    async def work() -> float:
        began = time.perf_counter()
        async with borrow() as connection:
            waited = time.perf_counter() - began
            await connection.execute(WORK)
        return waited

    return await asyncio.gather(*(work() for _ in range(TASKS)))


def percentile(values: Iterable[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    main()
