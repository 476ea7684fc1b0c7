"""Ctrl-C, while `Database` waits for the server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import Database, DatabaseSettings, PoolFigures
from tests.runtime.faults.support import running, until

SLEEP = "SELECT pg_sleep(60)"


@pytest.fixture
def db(database: Conninfo) -> Iterator[Database]:
    with Database(DatabaseSettings(url=database, min_size=1, max_size=1, timeout=5)) as db:
        yield db


@contextmanager
def interrupted_once(condition: Callable[[], object]) -> Iterator[None]:
    """Send Ctrl-C to the main thread as soon as something is so."""

    def interrupt() -> None:
        until(condition)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    watching = threading.Thread(target=interrupt)
    watching.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    watching.join()


def require_clean(db: Database) -> None:
    with db.connection() as connection:
        assert (connection.info.transaction_status, connection.read_only) == (0, None)
    assert db.query("SELECT 1 AS a") == [{"a": 1}]
    assert db.connection_status().pool == PoolFigures(minimum=1, maximum=1, open=1)
    until(lambda: not running(db.conninfo, "pg_sleep"))


def test_in_a_query(db: Database) -> None:
    with interrupted_once(lambda: running(db.conninfo, "pg_sleep")):
        db.query(SLEEP)
    require_clean(db)


def test_in_a_transaction(db: Database) -> None:
    with interrupted_once(lambda: running(db.conninfo, "pg_sleep")), db.tx(read_only=True) as tx:
        tx.query(SLEEP)
    require_clean(db)


def test_in_a_stream(db: Database) -> None:
    with interrupted_once(lambda: running(db.conninfo, "FETCH")), db.stream(SLEEP) as rows:
        list(rows)
    require_clean(db)
