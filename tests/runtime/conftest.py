from collections.abc import AsyncIterator, Iterator

import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import AsyncDatabase, Database
from pgassay.sandbox.database import UNDER_TEST


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # the only loop that psycopg works with


@pytest.fixture
def db(database: Conninfo) -> Iterator[Database]:
    with Database(UNDER_TEST.with_(url=database)) as db:
        yield db


@pytest.fixture
async def async_db(database: Conninfo) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(UNDER_TEST.with_(url=database)) as db:
        yield db
