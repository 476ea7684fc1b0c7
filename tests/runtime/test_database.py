import os
import subprocess
import sys
import threading
from contextlib import nullcontext

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import BusyError, ClosedError, ConnectError, Database, DatabaseSettings
from pgassay.sandbox.database import UNDER_TEST
from pgassay.servers.server import Server

ODD = ['We"ird. Näme \\ 😀', "x" * 63, "Capital"]


def test_the_block_commits(database: Conninfo) -> None:
    with Database(UNDER_TEST.with_(url=database)) as db:
        with db.connection() as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        with db.connection() as connection:
            assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_an_error_rolls_the_block_back(database: Conninfo) -> None:
    with Database(UNDER_TEST.with_(url=database)) as db:
        with pytest.raises(psycopg.errors.DivisionByZero), db.tx() as connection:
            connection.execute("CREATE TABLE t AS SELECT 1; SELECT 1 / 0")
        with db.tx() as connection:
            assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_it_opens_at_first_use_and_again_after_a_close(database: Conninfo) -> None:
    db = Database(UNDER_TEST.with_(url=database))
    with db.connection() as connection:
        connection.execute("SELECT 1")
    db.close()
    db.close()
    with pytest.raises(ClosedError, match="was closed"), db.connection():
        pass
    db.open()
    db.open()
    with db.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    db.close()


def test_with_a_minimum_of_none_no_connection_is_kept(database: Conninfo, server: Server) -> None:
    with Database(UNDER_TEST.with_(url=database)), server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        while connection.execute(query, [database.get("dbname")]).fetchone() != (0,):
            pass  # the one that open() tested is leaving


def test_an_application_keeps_two_connections(database: Conninfo, server: Server) -> None:
    with Database(DatabaseSettings(url=database)), server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        assert connection.execute(query, [database.get("dbname")]).fetchone() == (2,)


def test_a_borrower_that_waits_in_vain_is_told_so(database: Conninfo) -> None:
    db = Database(DatabaseSettings(url=database, min_size=0, max_size=1, timeout=0.05))
    with db, db.connection(), pytest.raises(BusyError, match="all 1 of the pool"), db.connection():
        pass


@pytest.mark.parametrize("opened", [True, False], ids=["opened", "used"])
def test_a_wrong_address_is_told_with_its_reason_and_without_the_password(opened: bool) -> None:
    url = Conninfo("postgresql://me:s3cret@localhost:1/nowhere?connect_timeout=1")
    db = Database(DatabaseSettings(url=url, timeout=1))
    with pytest.raises(ConnectError) as caught, db if opened else nullcontext(), db.connection():
        pass
    db.close()
    assert "me@localhost:1/nowhere" in str(caught.value)
    assert "refused" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value)
    assert "s3cret" not in repr(db)
    assert isinstance(caught.value, psycopg.OperationalError)


def test_many_threads_share_one_pool(database: Conninfo) -> None:
    seen: list[int] = []
    with Database(DatabaseSettings(url=database, min_size=0, max_size=3)) as db:

        def ask() -> None:
            with db.connection() as connection:
                seen.append(connection.execute("SELECT pg_backend_pid()").fetchone()[0])  # type: ignore[index]

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 12
    assert len(set(seen)) <= 3


@pytest.mark.parametrize("name", ODD)
def test_as_role_acts_as_the_role_for_every_driver_that_has_the_url(
    private_server: Server, name: str, database: Conninfo
) -> None:
    with private_server.connect() as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {0}; CREATE ROLE {0}").format(sql.Identifier(name)))
    with Database(UNDER_TEST.with_(url=private_server.at("postgres"))) as db:
        acting = db.as_role(name)
        assert acting is db.as_role(name)
        with acting.connection() as connection:
            assert connection.execute("SELECT current_user").fetchone() == (name,)
            connection.execute("RESET ROLE")
            assert connection.execute("SELECT current_user").fetchone() == (name,)
        with psycopg.connect(acting.url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (name,)
    with pytest.raises(ClosedError), acting.connection():
        pass


def test_who_knows_better_says_how_a_role_is_become(database: Conninfo) -> None:
    db = Database(UNDER_TEST.with_(url=database), become=lambda conninfo, role: conninfo.with_(user=role))
    assert db.as_role("app").conninfo.get("user") == "app"
    assert db.as_role("app").as_role("other").conninfo.get("user") == "other"


def test_configure_sees_every_connection(database: Conninfo) -> None:
    seen: list[object] = []
    with Database(UNDER_TEST.with_(url=database), configure=seen.append) as db, db.connection() as connection:
        assert seen == [connection]


def test_the_environment_leads_a_subprocess_there_past_a_hostile_one(
    database: Conninfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1MB")
    code = "import psycopg; print(psycopg.connect('').execute('SELECT current_database()').fetchone()[0])"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **Database(database).env()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == database.get("dbname")


def test_urls_hold_what_every_driver_knows() -> None:
    conninfo = Conninfo("postgresql://me:a%40b@/da%20ta?host=/run/pg&port=5433&connect_timeout=2&hostaddr=")
    db = Database(conninfo)
    assert db.url == "postgresql://me:a%40b@/da%20ta?host=/run/pg&port=5433"
    assert db.sqlalchemy_url() == "postgresql+psycopg://me:a%40b@/da%20ta?host=/run/pg&port=5433"
    assert db.sqlalchemy_url("").startswith("postgresql://")


def test_a_driver_that_cannot_act_as_a_role_is_refused() -> None:
    db = Database("postgresql://me@host/data").as_role("others")
    assert db.sqlalchemy_url("psycopg2").endswith("options=-c%20role%3Dothers")
    assert db.sqlalchemy_url("").endswith("options=-c%20role%3Dothers")
    with pytest.raises(UsageError, match='SQLAlchemy with "asyncpg" cannot act as a role'):
        db.sqlalchemy_url("asyncpg")


def test_the_environment_has_the_variables_of_libpq() -> None:
    env = Database("postgresql://me:pw@host:5433/data").env()
    assert env == {
        "PGHOST": "host",
        "PGHOSTADDR": "",
        "PGPORT": "5433",
        "PGUSER": "me",
        "PGPASSWORD": "pw",
        "PGDATABASE": "data",
    }
