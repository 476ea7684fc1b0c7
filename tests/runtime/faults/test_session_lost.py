"""One session ends under its user: terminated, timed out, or cut off by the network."""

from __future__ import annotations

import os

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, ConnectionLostError
from pgassay.servers.server import Server
from tests.runtime.faults.network import Proxy
from tests.runtime.faults.support import TELLS_WHY, Make, all_usable, until

pytestmark = pytest.mark.thorough

END_ME = "SELECT pg_terminate_backend(pg_backend_pid())"
LOST = "the pool replaces the connection; run it again, if that does no harm"
PIDS = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
TERMINATE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
UNKNOWN = "whether the transaction was committed is not known: look before it is run again"
# Ends the session within COMMIT, where deferred constraints are checked.
AT_COMMIT = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END';
CREATE TABLE t (a int);
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()
"""


def test_a_session_terminated_in_a_transaction_is_lost_and_the_next_one_works(database: Conninfo, make: Make) -> None:
    db = make(database, timeout=5)
    with pytest.raises(ConnectionLostError) as caught, db.tx() as tx:
        tx.none(END_ME)
    assert isinstance(caught.value, psycopg.errors.AdminShutdown if TELLS_WHY else psycopg.OperationalError)
    said = "terminating connection due to administrator command [57P01]" if TELLS_WHY else caught.value.message
    assert str(caught.value) == f"{said}\n  statement: {END_ME}\nhint: {LOST}"
    assert db.value("SELECT 1") == 1
    assert all_usable(db, 20)


def test_outside_of_a_transaction_likewise(database: Conninfo, make: Make) -> None:
    db = make(database, timeout=5)
    with pytest.raises(ConnectionLostError) as caught:
        db.query(END_ME)
    assert (caught.value.sqlstate, caught.value.hint) == ("57P01" if TELLS_WHY else None, LOST)
    assert db.value("SELECT 1") == 1


def test_a_session_lost_at_commit_leaves_the_outcome_open(database: Conninfo, make: Make) -> None:
    db = make(database, timeout=5)
    db.none(AT_COMMIT)
    with pytest.raises(ConnectionLostError) as caught, db.tx() as tx:
        tx.none("INSERT INTO t VALUES (1)")
    assert (caught.value.statement, caught.value.hint) == ("COMMIT", UNKNOWN)
    with pytest.raises(ConnectionLostError) as caught:
        db.none("INSERT INTO t VALUES (1)")
    assert (caught.value.statement, caught.value.hint) == ("COMMIT", UNKNOWN)
    assert db.query("SELECT * FROM t") == []


def test_a_lost_session_whose_error_is_swallowed_does_not_pass_for_committed(database: Conninfo, make: Make) -> None:
    db = make(database, timeout=5)
    db.none("CREATE TABLE t (a int)")
    with pytest.raises(ConnectionLostError) as caught, db.tx() as tx:
        tx.none("INSERT INTO t VALUES (1)")
        with pytest.raises(ConnectionLostError):
            tx.query(END_ME)
    assert caught.value.message == (
        "the transaction is rolled back: its connection broke, and the error was not let through"
    )
    assert db.query("SELECT * FROM t") == []


def test_a_network_cut_in_a_transaction_loses_the_connection(proxy: Proxy, make: Make) -> None:
    db = make(proxy.url, timeout=5)
    with pytest.raises(ConnectionLostError) as caught, db.tx() as tx:
        tx.none("CREATE TABLE t ()")
        proxy.cut()
        tx.query("SELECT 1")
    assert caught.value.sqlstate is None
    assert "server closed the connection unexpectedly" in caught.value.message
    assert db.value("SELECT to_regclass('t')") is None
    assert all_usable(db, 20)


def test_connections_that_died_while_idle_are_not_handed_out(proxy: Proxy, make: Make) -> None:
    db = make(proxy.url, min_size=4, timeout=5)
    db.open()
    proxy.cut()
    assert [db.value("SELECT 1") for _ in range(8)] == [1] * 8


def test_a_session_that_idles_too_long_is_ended_and_replaced(server: Server, database: Conninfo, make: Make) -> None:
    limit(server, database, "idle_session_timeout")
    db = make(database, min_size=2, timeout=5)
    db.open()
    with server.connect() as connection:
        before = [pid for (pid,) in connection.execute(PIDS, [database.get("dbname")])]
    until(lambda: not any(map(exists, before)))
    limit(server, database, "idle_session_timeout", 0)  # those that come in their place would idle too long as well
    assert db.value("SELECT pg_backend_pid()") not in before


def test_a_transaction_that_idles_too_long_is_ended(server: Server, database: Conninfo, make: Make) -> None:
    limit(server, database, "idle_in_transaction_session_timeout")
    db = make(database, timeout=5)
    with server.connect() as connection, pytest.raises(ConnectionLostError) as caught, db.tx() as tx:
        until(lambda: connection.execute(SESSIONS, [database.get("dbname")]).fetchone() == (0,))
        tx.query("SELECT 1")
    assert caught.value.sqlstate == ("25P03" if TELLS_WHY else None)
    assert db.value("SELECT 1") == 1


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def limit(server: Server, database: Conninfo, setting: str, milliseconds: int = 100) -> None:
    with server.connect() as connection:
        name = sql.Identifier(database.get("dbname"))
        statement = sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.SQL(setting), milliseconds)
        connection.execute(statement)


@pytest.mark.parametrize("statement", ["ALTER DATABASE {0} RENAME TO {1}", "DROP DATABASE {0}"])
def test_a_database_that_goes_from_under_its_pool_is_told(
    server: Server, database: Conninfo, make: Make, statement: str
) -> None:
    name = database.get("dbname")
    before, after = sql.Identifier(name), sql.Identifier(f"{name}_2")
    db = make(database, min_size=2, timeout=0.3)
    db.open()
    with server.connect() as connection:
        connection.execute(TERMINATE, [name])
        connection.execute(sql.SQL(statement).format(before, after))
        with pytest.raises(ConnectError, match=f'database "{name}" does not exist') as caught:
            db.query("SELECT 1")
        assert (caught.value.sqlstate, caught.value.hint) == ("3D000", "look at the last part of the URL")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(after))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(before))
    until(db.is_healthy, patience=5)
