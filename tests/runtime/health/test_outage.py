"""The endpoint under load: a storm of probes, and a database that goes away and comes back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Thread
from time import monotonic
from typing import Self

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, DatabaseSettings
from pgassay.runtime.health import DatabaseHealth, Health, HealthResult, health_app
from pgassay.servers.binaries import Binaries
from pgassay.servers.rundir import RunDirectory
from tests.runtime.mortal import Mortal, mortal_server

pytestmark = pytest.mark.anyio


class Counted(DatabaseHealth):
    """Counts how often the database is really asked."""

    asked = 0

    async def check(self) -> HealthResult:
        self.asked += 1
        return await super().check()


async def test_a_storm_of_probes_is_no_storm_of_queries(database: Conninfo) -> None:
    async with AsyncDatabase(DatabaseSettings(url=database)) as db:
        indicator = Counted(db)
        app = health_app(Health([indicator], cache=60))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            answers = await asyncio.gather(*(http.get(f"/health{'/db' * (n % 2)}") for n in range(500)))
    assert {answer.status_code for answer in answers} == {200}
    assert indicator.asked == 1


@pytest.fixture
def mortal(run_directory: RunDirectory, binaries: Binaries) -> Iterator[Mortal]:
    with mortal_server(run_directory, binaries) as server:
        yield server


@pytest.fixture
def served(mortal: Mortal) -> Iterator[str]:
    """An application as users have it, served by uvicorn in a thread."""
    db = AsyncDatabase(DatabaseSettings(url=mortal.server.at("postgres")))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with db:
            yield

    app = Starlette(routes=health_app([DatabaseHealth(db)]).routes, lifespan=lifespan)
    serving = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serving.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/health"
        serving.should_exit = True
        thread.join()


@dataclass(frozen=True)
class Answer:
    sent: float
    came: float
    code: int


class Load:
    """Asks fifty times a second, whether or not the answers come."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = False
        self.answers: list[Answer] = []

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(limits=httpx.Limits(max_connections=200))
        self._asking = asyncio.create_task(self._ask_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ended = True
        await self._asking
        await self._http.aclose()

    async def _ask_on(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while not self._ended:
                tasks.create_task(self._ask(self._http))
                await asyncio.sleep(0.02)

    async def _ask(self, http: httpx.AsyncClient) -> None:
        sent = monotonic()
        code = (await http.get(self._url)).status_code
        self.answers.append(Answer(sent, monotonic(), code))

    async def answered(self, *, after: float) -> None:
        """Wait until several of those who asked after a moment have their answer."""
        while sum(answer.sent > after for answer in self.answers) < 5:
            await asyncio.sleep(0.02)

    def codes(self, *, after: float, before: float = float("inf")) -> set[int]:
        return {answer.code for answer in self.answers if after < answer.sent and answer.came < before}


@pytest.mark.thorough
@pytest.mark.slow
async def test_the_database_goes_away_and_comes_back(mortal: Mortal, served: str) -> None:
    """The times are what is tested, so this one sleeps."""
    async with asyncio.timeout(30), Load(served) as load:
        await load.answered(after=0)
        ending = monotonic()
        await asyncio.to_thread(mortal.stop)
        gone = monotonic()
        await load.answered(after=gone + 2)
        beginning = monotonic()
        await asyncio.to_thread(mortal.start)
        back = monotonic()
        await load.answered(after=back + 2)
    turned = min(answer.came for answer in load.answers if answer.code == 503) - gone
    healed = max(answer.came for answer in load.answers if answer.code == 503) - back
    print(
        f"503 after {turned:.2f} s, the last one {healed:.2f} s after the server was back, {len(load.answers)} answers"
    )
    assert load.codes(after=0, before=ending) == {200}
    assert load.codes(after=gone + 2, before=beginning) == {503}
    assert load.codes(after=back + 2) == {200}
    assert {answer.code for answer in load.answers} == {200, 503}
