"""`DatabaseHealth` on real servers: well, busy, closed, gone, silent, a replica."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings, Ping
from pgassay.runtime.health import DatabaseHealth, Health, HealthResult
from pgassay.servers.server import Server
from tests.runtime.health.stalling import StallingProxy

pytestmark = pytest.mark.anyio

Open = Callable[..., Any]


@asynccontextmanager
async def opened_async(where: Conninfo, **settings: Any) -> AsyncIterator[AsyncDatabase]:
    db = AsyncDatabase(DatabaseSettings(url=where, **settings))
    yield db
    await db.close()


@asynccontextmanager
async def opened_sync(where: Conninfo, **settings: Any) -> AsyncIterator[Database]:
    db = Database(DatabaseSettings(url=where, **settings))
    yield db
    await asyncio.to_thread(db.close)


@pytest.fixture(params=[opened_sync, opened_async], ids=["Database", "AsyncDatabase"])
def opened(request: pytest.FixtureRequest) -> Open:
    return request.param  # type: ignore[no-any-return]


async def timed(check: Awaitable[HealthResult]) -> tuple[HealthResult, float]:
    began = monotonic()
    return await check, monotonic() - began


async def test_a_database_that_is_well(opened: Open, database: Conninfo) -> None:
    async with opened(database, max_size=7) as db:
        result = await DatabaseHealth(db, role="primary", max_lag=1).check()
    assert result.up
    assert 0 < result.details["ping_ms"] < 1000
    assert result.details["role"] == "primary"
    assert "lag_seconds" not in result.details
    assert result.details["pool"]["maximum"] == 7
    assert result.details["pool"]["saturated"] is False


async def test_a_database_in_another_role(opened: Open, database: Conninfo) -> None:
    async with opened(database) as db:
        result = await DatabaseHealth(db, role="replica").check()
    assert (result.up, result.reason) == (False, "the server is a primary, not a replica")


async def test_a_saturated_pool(opened: Open, database: Conninfo) -> None:
    async with opened(database, min_size=0, max_size=1) as db:
        health = DatabaseHealth(db, timeout=0.05)
        if isinstance(db, AsyncDatabase):
            async with db.connection():
                result, took = await timed(health.check())
        else:
            with db.connection():
                result, took = await timed(health.check())
        assert (result.up, result.reason) == (False, "all connections of the pool are in use")
        assert result.details["pool"]["in_use"] == result.details["pool"]["maximum"] == 1
        assert took < 1
        assert (await DatabaseHealth(db).check()).up


async def test_a_closed_pool(opened: Open, database: Conninfo) -> None:
    async with opened(database) as db:
        await DatabaseHealth(db).check()
    result = await DatabaseHealth(db).check()
    assert (result.up, result.reason) == (False, "the pool is closed")


async def test_where_nobody_listens(opened: Open) -> None:
    async with opened(Conninfo("postgresql://me:s3cret@127.0.0.1:1/secretdb")) as db:
        result, took = await timed(DatabaseHealth(db, timeout=0.3).check())
    assert (result.up, result.reason) == (False, "nobody listens there")
    assert took < 1.3


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"dbname": "nowhere"}, "there is no such database"),
        ({"user": "nobody at all"}, "the login was refused"),
        ({"options": "-c statement_timeout=nonsense"}, "cannot connect"),
    ],
)
async def test_why_it_is_not_well(database: Conninfo, other: dict[str, str], reason: str) -> None:
    async with opened_async(database.with_(**other)) as db:
        result, _ = await timed(DatabaseHealth(db, timeout=0.3).check())
    assert (result.up, result.reason) == (False, reason)


async def test_sessions_that_were_ended_are_no_fault(opened: Open, database: Conninfo, server: Server) -> None:
    end = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = %s"
    async with opened(database, min_size=1) as db:
        assert (await DatabaseHealth(db).check()).up
        with server.connect() as root:
            root.execute(end, [database.get("dbname")])
        assert (await DatabaseHealth(db).check()).up


async def test_a_server_that_accepts_and_never_answers(opened: Open, proxy: StallingProxy, proxied: Conninfo) -> None:
    proxy.stall()
    async with opened(proxied) as db:
        result, took = await timed(DatabaseHealth(db, timeout=0.3).check())
        assert (result.up, result.reason) == (False, "no answer in time")
        assert took < 1
        proxy.close()  # ends the attempts, for which closing the pool would wait


async def test_a_server_that_falls_silent(opened: Open, proxy: StallingProxy, proxied: Conninfo) -> None:
    async with opened(proxied, min_size=1) as db:
        health = DatabaseHealth(db, timeout=0.3)
        assert (await health.check()).up
        proxy.stall()
        result, took = await timed(health.check())
        assert (result.up, result.reason) == (False, "no answer within 0.3 s")
        assert took < 1
        proxy.close()


async def test_neither_host_nor_user_nor_password_nor_error_is_told(opened: Open) -> None:
    async with opened(Conninfo("postgresql://secretuser:s3cret@127.0.0.1:1/secretdb")) as db:
        answer = json.dumps((await Health([DatabaseHealth(db, timeout=0.1)]).check()).as_dict())
    assert not [word for word in ("secret", "s3cret", "127.0.0.1", "localhost", "Traceback") if word in answer]


async def test_a_pool_of_another_event_loop_is_down_and_told_to_the_log(
    database: Conninfo, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_async(database) as db:
        await db.ping()
        health = Health([DatabaseHealth(db)])
        report = await asyncio.to_thread(lambda: asyncio.run(health.check()))
    assert report.as_dict()["error"] == {"db": {"status": "down", "message": "the check failed"}}
    assert "belongs to another event loop" in caplog.text


@pytest.mark.parametrize(
    ("lag", "reason"),
    [(None, "how far the replica is behind is not known"), (3.21, "the replica is 3.2 s behind"), (2.9, None)],
)
def test_how_far_a_replica_may_be_behind(lag: float | None, reason: str | None) -> None:
    health = DatabaseHealth(Database("postgresql://localhost/x"), max_lag=3)
    result = health._judged(Ping(seconds=0.001, replica=True, lag=lag))
    assert (result.up, result.reason) == (reason is None, reason)
    assert result.details["lag_seconds"] == (lag and round(lag, 1))


@pytest.mark.parametrize(
    ("said", "what"),
    [({"role": "master"}, 'role is "master"'), ({"timeout": 0.0}, "timeout must be"), ({"max_lag": -1}, "max_lag")],
)
def test_values_that_mean_nothing(said: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        DatabaseHealth(Database("postgresql://localhost/x"), **said)
