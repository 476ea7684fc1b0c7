"""A result that is larger than what a process shall hold."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pgassay.conninfo import Conninfo

pytestmark = pytest.mark.thorough

# Reads a tenth first, so that all that is loaded once is loaded.
SYNC = """
import resource, sys
from pgassay.runtime import Database, DatabaseSettings
QUERY = "SELECT i, repeat('x', 100) AS text FROM generate_series(1, %s::int) AS i"
def read(db, count):
    with db.stream(QUERY, [count]) as rows:
        assert sum(1 for _ in rows) == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Database(DatabaseSettings(url=sys.argv[1])) as db:
    before = read(db, 10_000)
    print(read(db, 100_000) - before)
"""
ASYNC = """
import asyncio, resource, sys
from pgassay.runtime import AsyncDatabase, DatabaseSettings
QUERY = "SELECT i, repeat('x', 100) AS text FROM generate_series(1, %s::int) AS i"
async def read(db, count):
    async with db.stream(QUERY, [count]) as rows:
        assert len([None async for _ in rows]) == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
async def main():
    async with AsyncDatabase(DatabaseSettings(url=sys.argv[1])) as db:
        before = await read(db, 10_000)
        print(await read(db, 100_000) - before)
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("count", ["100_000", pytest.param("1_000_000", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("code", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_large_result_is_streamed_in_constant_memory(database: Conninfo, code: str, count: str) -> None:
    code = code.replace("100_000", count)
    run = subprocess.run([sys.executable, "-c", code, database.dsn], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 8192  # kB; the rows together have 10 MB and more
