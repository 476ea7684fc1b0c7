"""Both kinds of database under one fixture, and servers and networks that fail."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, cast

import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings
from pgassay.servers.binaries import Binaries
from pgassay.servers.rundir import RunDirectory
from tests.runtime.faults.blocking import Blocking, Loop
from tests.runtime.faults.machine import Machine
from tests.runtime.faults.network import Proxy
from tests.runtime.faults.support import Make


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """A factory of databases, once of `Database` and once of `AsyncDatabase`; they are closed at the end."""
    made: list[Database] = []
    loop = Loop() if request.param == "async" else None

    def make(url: Conninfo, **settings: Any) -> Database:
        chosen = DatabaseSettings(url=url, **{"min_size": 0, **settings})
        database = Blocking(AsyncDatabase(chosen), loop) if loop else Database(chosen)
        made.append(cast("Database", database))
        return made[-1]

    yield make
    for database in made:
        database.close()
    if loop:
        loop.stop()


@pytest.fixture
def proxy(database: Conninfo) -> Iterator[Proxy]:
    """A network between the tests and a database of their own."""
    proxy = Proxy(database)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def machine(run_directory: RunDirectory, binaries: Binaries) -> Iterator[Machine]:
    """A server of the module's own, which runs at the beginning of each test."""
    machine = Machine(run_directory.path / f"f-{secrets.token_hex(3)}", binaries)
    yield machine
    machine.remove()
