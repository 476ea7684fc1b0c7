"""A connection that is left open is told of, at the line that opened it, and does not hold the next test up."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from pgassay.errors import LeftOpenWarning
from pgassay.runtime.errors import ConnectionLostError
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.databases import database_exists

HERE = __file__
Told = list[tuple[str, str]]


@contextmanager
def telling() -> Iterator[Told]:
    """Gather what is told within a block: the words, and the source of the line."""
    found: Told = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
    for one in caught:
        assert issubclass(one.category, LeftOpenWarning)
        assert one.filename == HERE
        found.append((str(one.message), _line(one.lineno)))


def _line(number: int) -> str:
    return Path(HERE).read_text(encoding="utf-8").splitlines()[number - 1].strip()


def open_session(database: ScratchDatabase) -> psycopg.Connection[tuple[object, ...]]:
    return database.connect()


def test_a_session(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        session = open_session(database)
    assert told == [("a session of connect() was left open", "return database.connect()")]
    assert session.closed


def test_a_session_in_a_transaction(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        session = database.connect()
        session.execute("BEGIN")
        session.execute("LOCK TABLE s.t")
    assert [words for words, _ in told] == ["a session of connect() was left open, a transaction in progress"]


def test_a_lent_connection_and_a_transaction(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        connection, transaction = database.connection(), database.tx()
        connection.__enter__()
        transaction.__enter__()
    assert told == [
        ("a connection of the pool was left open", "connection.__enter__()"),
        ("a connection of the pool was left open, a transaction in progress", "transaction.__enter__()"),
    ]
    with pytest.raises(ConnectionLostError):
        transaction.__exit__(None, None, None)


def test_what_another_role_has_opened(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        database.as_role("postgres").connect()
    assert told == [("a session of connect() was left open", 'database.as_role("postgres").connect()')]


def test_what_was_closed_and_what_rests_in_the_pool_is_no_matter(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        database.connect().close()
        with database.connect() as session:
            session.execute("SELECT 1")
        with database.connection() as connection, database.tx() as transaction:
            connection.execute("SELECT 1")
            transaction.value("SELECT 1")
        assert database.value("SELECT 1") == 1
        with database.stream("SELECT generate_series(1, 9)") as rows:
            next(iter(rows))
    assert told == []


def test_a_stream_that_was_not_read_to_its_end(small: Sandbox) -> None:
    with telling() as told, small.new() as database:
        stream = database.stream("SELECT generate_series(1, 9)")
        next(iter(stream.__enter__()))
    assert told == [
        ("a connection of the pool was left open, a transaction in progress", "next(iter(stream.__enter__()))")
    ]


def test_a_thread_that_still_waits_is_ended_by_the_server(small: Sandbox) -> None:
    errors: list[BaseException] = []

    def wait(session: psycopg.Connection[tuple[object, ...]]) -> None:
        try:
            session.execute("SELECT pg_sleep(60)")
        except psycopg.Error as error:
            errors.append(error)

    with telling() as told, small.new() as database:
        session = database.connect()
        thread = Thread(target=wait, args=[session])
        thread.start()
        while session.info.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
            pass
    thread.join(5)
    assert len(told) == len(errors) == 1


def test_awaited_connections(small: Sandbox) -> None:
    async def borrow_and_keep() -> None:
        assert await database.value("SELECT 1") == 1
        loan = database.connection()
        kept.append(loan)
        await loan.__aenter__()

    kept: list[object] = []
    with asyncio.Runner() as runner, telling() as told, small.new_async() as database:
        runner.run(borrow_and_keep())
    assert told == [("a connection of the pool was left open", "await loan.__aenter__()")]


def test_where_warnings_are_errors_it_is_one_and_the_database_comes_back(small: Sandbox) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LeftOpenWarning), small.new() as database:
            database.connect()
    small.pool.settle()
    assert small.pool.workshop is not None
    assert small.pool.workshop.verdicts.total() == 1


def test_an_error_of_the_test_comes_first(small: Sandbox) -> None:
    def fail() -> None:
        with small.new() as database:
            sessions.append(database.connect())
            raise ZeroDivisionError

    sessions: list[psycopg.Connection[tuple[object, ...]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError):
            fail()
    assert sessions[0].closed


def test_what_was_closed_is_forgotten(small: Sandbox) -> None:
    with small.new() as database:
        for _ in range(5):
            database.connect().close()
        assert len(database.leftovers) == 1


def test_a_kept_database_is_left_as_it_is(small: Sandbox) -> None:
    with small.new() as database:
        database.none("INSERT INTO s.t VALUES (7)")
        database.kept = True
    small.pool.settle()
    assert database_exists(small.server, database.name)
    with small.server.connect(database.name) as connection:
        assert connection.execute("TABLE s.t").fetchall() == [(7,)]
