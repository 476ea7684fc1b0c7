"""A session that was open before the test asked: lent, taken back, lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import psycopg
import pytest
from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError
from pgassay.sandbox.sessions import AsyncReady, Opening, Ready
from pgassay.servers.server import Server

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(database: Conninfo) -> Iterator[Connection]:
    with closing(psycopg.connect(database.dsn)) as connection:
        yield connection


@pytest.fixture
def ready(connection: Connection) -> Ready:
    return Ready(connection)


def lend(ready: Ready) -> Connection | None:
    loan = ready.loan()
    return loan.__enter__() if loan is not None else None


def test_it_is_lent_to_one_at_a_time(ready: Ready, connection: Connection) -> None:
    loan = ready.loan()
    assert loan is not None
    with loan as lent:
        assert lent is connection
        assert ready.loan() is None
    assert lend(ready) is connection


@pytest.mark.parametrize("statement", ["CREATE TABLE t ()", "SELECT 1 / 0"])
def test_a_transaction_is_rolled_back(ready: Ready, connection: Connection, statement: str) -> None:
    assert lend(ready) is connection
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        assert connection.info.transaction_status == pq.TransactionStatus.INERROR
    ready.take_back(connection)
    assert lend(ready) is connection
    assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_one_that_was_lost_while_it_lay_ready(ready: Ready, connection: Connection, server: Server) -> None:
    with server.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    assert lend(ready) is None
    assert connection.closed


@pytest.mark.parametrize("begun", [False, True])
def test_one_that_was_lost_while_it_was_lent(ready: Ready, connection: Connection, server: Server, begun: bool) -> None:
    assert lend(ready) is connection
    if begun:
        connection.execute("SELECT 1")
    with server.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    ready.take_back(connection)
    assert lend(ready) is None


def test_one_in_the_midst_of_something(ready: Ready, connection: Connection) -> None:
    assert lend(ready) is connection
    connection.pgconn.send_query(b"SELECT pg_sleep(60)")
    ready.take_back(connection)
    assert connection.closed


def test_closed_while_it_lies_ready_and_while_it_is_lent(ready: Ready, connection: Connection) -> None:
    assert lend(ready) is connection
    ready.close()
    assert connection.execute("SELECT 1").fetchone() == (1,)
    ready.take_back(connection)
    assert connection.closed
    assert ready.loan() is None
    ready.close()


def test_closed_while_it_lies_ready(ready: Ready, connection: Connection) -> None:
    ready.close()
    assert connection.closed


async def use_awaited(database: Conninfo) -> None:
    connection = await psycopg.AsyncConnection.connect(database.dsn)
    ready = AsyncReady(connection)
    loan = ready.loan()
    assert loan is not None
    async with loan as lent:
        assert lent is connection
        assert ready.loan() is None
        await lent.execute("CREATE TABLE t ()")
    loan = ready.loan()
    assert loan is not None
    async with loan as lent:
        cursor = await lent.execute("SELECT to_regclass('t')")
        assert await cursor.fetchone() == (None,)
        lent.pgconn.send_query(b"SELECT pg_sleep(60)")
    assert connection.closed
    assert ready.loan() is None


def test_one_that_is_awaited(database: Conninfo) -> None:
    asyncio.run(use_awaited(database))


async def be_cancelled(database: Conninfo) -> None:
    """While the connection is brought in order."""
    connection = await psycopg.AsyncConnection.connect(database.dsn)
    loan = AsyncReady(connection).loan()
    assert loan is not None
    task = cast("asyncio.Task[None]", asyncio.current_task())
    try:
        async with loan as lent:
            await lent.execute("SELECT 1")
            lent.rollback = asyncio.Event().wait  # type: ignore[method-assign, assignment]
            asyncio.get_running_loop().call_later(0.01, task.cancel)
    finally:
        assert connection.closed


def test_one_whose_user_is_cancelled_is_closed(database: Conninfo) -> None:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(be_cancelled(database))


def test_a_session(database: Conninfo) -> None:
    session = Opening(database).finish()
    assert session.status == pq.ConnStatus.OK
    assert session.nonblocking
    session.finish()


def test_a_password_is_not_told(server: Server) -> None:
    where = server.at("pgassay_nothing").with_(password="s3cret-word")
    with pytest.raises(ServerError, match='"pgassay_nothing" does not exist') as caught:
        Opening(where).finish()
    assert "s3cret-word" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert caught.value.hint is None


def test_too_many(server: Server, database: Conninfo, role_name: Any) -> None:
    role = role_name("limited")
    with server.connect() as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0".encode())
    with pytest.raises(ServerError, match="too many connections for role") as caught:
        Opening(database.with_(user=role)).finish()
    assert "max_connections" in (caught.value.hint or "")


def test_no_answer(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.sessions._PATIENCE", 0.0)
    with pytest.raises(ServerError, match="no answer within"):
        Opening(database).finish()
