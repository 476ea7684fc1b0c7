"""The server ends, is killed, or comes back, while a pool is open."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, ConnectionLostError, PoolFigures, State
from tests.runtime.faults.blocking import PATIENCE
from tests.runtime.faults.machine import Machine
from tests.runtime.faults.support import TELLS_WHY, Make, all_usable, at_once, running, until

pytestmark = pytest.mark.thorough

TWENTY = 20


@pytest.fixture
def url(machine: Machine) -> Conninfo:
    if not machine.state:
        machine.start()
    return machine.server.at("postgres")


def test_a_restart_under_twenty_connections_is_healed_by_the_pool_itself(
    machine: Machine, url: Conninfo, make: Make
) -> None:
    db = make(url, min_size=TWENTY, timeout=10)
    db.open()

    def restart_when_all_sleep() -> None:
        until(lambda: running(url, "pg_sleep") == TWENTY)
        machine.stop()
        machine.start()

    restart = threading.Thread(target=restart_when_all_sleep)
    restart.start()
    errors = at_once(TWENTY, lambda: db.query("SELECT pg_sleep(60)"))
    restart.join()
    assert all(isinstance(error, ConnectionLostError) for error in errors)
    assert {error.sqlstate for error in errors} == {"57P01" if TELLS_WHY else None}
    assert all_usable(db, TWENTY)
    assert db.connection_status().pool == PoolFigures(minimum=20, maximum=20, open=20)
    assert db.connection_status().state is State.CONNECTED


def test_idle_connections_that_died_in_a_restart_are_never_handed_out(
    machine: Machine, url: Conninfo, make: Make
) -> None:
    db = make(url, min_size=5, timeout=10)
    db.open()
    machine.stop()
    machine.start()
    assert [db.value("SELECT 1") for _ in range(10)] == [1] * 10
    assert all_usable(db, TWENTY)


def test_who_waits_through_an_outage_is_served_within_a_second_of_its_end(
    machine: Machine, url: Conninfo, make: Make
) -> None:
    db = make(url, min_size=2, timeout=20)
    db.open()
    machine.stop()
    threads = ThreadPoolExecutor(1)
    served = threads.submit(lambda: (db.value("SELECT 1"), time.monotonic()))
    until(lambda: db.connection_status().pool.open < 2)  # the pool has given its two up
    machine.start()
    back = time.monotonic()
    assert served.result(PATIENCE)[1] - back < 1.0
    threads.shutdown()
    assert all_usable(db, TWENTY)


def test_an_outage_is_told_with_its_reason_within_the_timeout(machine: Machine, url: Conninfo, make: Make) -> None:
    db = make(url, min_size=1, timeout=0.3)
    db.open()
    machine.stop()
    began = time.monotonic()
    with pytest.raises(ConnectError, match="No such file or directory") as caught:
        db.value("SELECT 1")
    assert time.monotonic() - began < 1.0
    assert caught.value.hint == "look whether the server runs, and at host and port"
    assert not db.is_healthy()
    assert db.connection_status().state is State.UNREACHABLE
    machine.start()
    until(db.is_healthy, patience=5)
    assert db.connection_status().state is State.CONNECTED


def test_after_a_crash_of_one_backend_all_the_others_are_replaced(machine: Machine, url: Conninfo, make: Make) -> None:
    db = make(url, min_size=3, timeout=10)
    db.open()
    with pytest.raises(ConnectionLostError) as mine, db.tx() as mine_tx:
        with pytest.raises(ConnectionLostError) as killed, db.connection() as other:
            os.kill(other.info.backend_pid, signal.SIGKILL)
            mine_tx.query("SELECT pg_sleep(60)")
        raise killed.value
    assert "server closed the connection unexpectedly" in mine.value.message  # 57P02 comes as a warning only
    assert mine.value.hint == "the pool replaces the connection; run it again, if that does no harm"
    until(db.is_healthy)  # the server has recovered
    assert all_usable(db, TWENTY)


def test_a_server_that_shuts_down_says_so(machine: Machine, url: Conninfo, make: Make) -> None:
    with psycopg.connect(url.dsn) as holding:
        machine.signal(signal.SIGTERM)  # waits for the session
        machine.wait_for("stopping")
        with pytest.raises(ConnectError) as caught:
            make(url, timeout=0.5).open()
        assert caught.value.sqlstate == "57P03"
        assert "the database system is shutting down" in caught.value.message
        assert caught.value.hint == "wait until it is back"
        holding.execute("SELECT 1")
    machine.wait_for("")
