"""A server that is a standby, or starts up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, IsolationLevel
from tests.runtime.faults.blocking import PATIENCE
from tests.runtime.faults.machine import Machine
from tests.runtime.faults.support import Make, until

WRITE_ON_THE_PRIMARY = "the transaction is read-only, or this server is a standby: write on the primary"


@pytest.fixture
def standby(machine: Machine) -> Conninfo:
    """A hot standby; it follows nobody."""
    if not (machine.data / "standby.signal").exists():
        machine.stop()
        (machine.data / "standby.signal").touch()
        machine.start()
    return machine.server.at("postgres")


def test_it_is_read_and_a_write_is_refused_with_a_hint(standby: Conninfo, make: Make) -> None:
    db = make(standby)
    assert db.value("SELECT pg_is_in_recovery()") is True
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as caught:
        db.none("CREATE TABLE t ()")
    assert str(caught.value) == (
        "cannot execute CREATE TABLE in a read-only transaction [25006]\n"
        "  statement: CREATE TABLE t ()\n"
        f"hint: {WRITE_ON_THE_PRIMARY}"
    )
    assert db.ping().replica


def test_a_transaction_that_it_cannot_begin_leaves_nothing_behind(standby: Conninfo, make: Make) -> None:
    db = make(standby, max_size=1)
    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught, db.tx(isolation=IsolationLevel.SERIALIZABLE):
        pass
    assert "cannot use serializable mode in a hot standby" in str(caught.value)
    with db.tx() as tx:
        assert tx.value("SHOW transaction_isolation") == "read committed"


def test_one_that_starts_up_is_told_and_waited_for(machine: Machine, make: Make) -> None:
    """It wants something from its archive, which keeps it waiting."""
    machine.stop()
    (machine.data / "standby.signal").unlink(missing_ok=True)
    (machine.data / "recovery.signal").touch()
    go = machine.data / "go"
    fetch = f"restore_command=until [ -e {go} ]; do sleep 0.01; done; false"
    starting = threading.Thread(target=machine.start, args=("-c", "hot_standby=off", "-c", fetch))
    starting.start()
    until(lambda: machine.state == "starting")
    url = machine.server.at("postgres")
    with pytest.raises(ConnectError, match="FATAL:  the database system is starting up") as caught:
        make(url, timeout=0.3).open()
    assert (caught.value.sqlstate, caught.value.hint) == ("57P03", "wait a moment")
    assert not make(url).is_healthy(timeout=0.2)
    db = make(url, timeout=10)
    opening = ThreadPoolExecutor(1).submit(db.open)
    until(lambda: db.connection_status().last_error)
    go.touch()
    opening.result(PATIENCE)
    assert db.value("SELECT pg_is_in_recovery()") is False
    starting.join()
    go.unlink()
