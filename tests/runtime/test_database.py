import os
import subprocess
import sys
import threading

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import APPLICATION, UNDER_TEST, BusyError, ClosedError, ConnectError, Database, PoolOptions
from pgassay.servers.server import Server

ODD = ['We"ird. Näme \\ 😀', "x" * 63, "Capital"]


def test_the_block_commits(database: Conninfo) -> None:
    with Database(database, pool=UNDER_TEST) as db:
        with db.connection() as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        with db.connection() as connection:
            assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_an_error_rolls_the_block_back(database: Conninfo) -> None:
    with Database(database, pool=UNDER_TEST) as db:
        with pytest.raises(psycopg.errors.DivisionByZero), db.tx() as connection:
            connection.execute("CREATE TABLE t AS SELECT 1; SELECT 1 / 0")
        with db.tx() as connection:
            assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_it_opens_at_first_use_and_again_after_a_close(database: Conninfo) -> None:
    db = Database(database, pool=UNDER_TEST)
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


def test_under_test_no_connection_is_opened_before_it_is_needed(database: Conninfo, server: Server) -> None:
    with Database(database, pool=UNDER_TEST), server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        assert connection.execute(query, [database.get("dbname")]).fetchone() == (0,)


def test_an_application_keeps_two_connections(database: Conninfo, server: Server) -> None:
    with Database(database), server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        assert connection.execute(query, [database.get("dbname")]).fetchone() == (APPLICATION.minimum,)


def test_a_borrower_that_waits_in_vain_is_told_so(database: Conninfo) -> None:
    options = PoolOptions(minimum=0, maximum=1, wait=0.05)
    db = Database(database, pool=options)
    with db, db.connection(), pytest.raises(BusyError, match="all 1 of the pool"), db.connection():
        pass


@pytest.mark.parametrize("options", [APPLICATION, UNDER_TEST], ids=["application", "under test"])
def test_a_wrong_address_is_told_with_its_reason_and_without_the_password(options: PoolOptions) -> None:
    db = Database("postgresql://me:s3cret@localhost:1/nowhere?connect_timeout=1", pool=options)
    with pytest.raises(ConnectError) as caught, db, db.connection():
        pass
    assert "me@localhost:1/nowhere" in str(caught.value)
    assert "refused" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value)
    assert "s3cret" not in repr(db)
    assert isinstance(caught.value, psycopg.OperationalError)


def test_many_threads_share_one_pool(database: Conninfo) -> None:
    seen: list[int] = []
    with Database(database, pool=PoolOptions(minimum=0, maximum=3)) as db:

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
    with Database(private_server.at("postgres"), pool=UNDER_TEST) as db:
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
    db = Database(database, become=lambda conninfo, role: conninfo.with_(user=role), pool=UNDER_TEST)
    assert db.as_role("app").conninfo.get("user") == "app"
    assert db.as_role("app").as_role("other").conninfo.get("user") == "other"


def test_configure_sees_every_connection(database: Conninfo) -> None:
    seen: list[object] = []
    with Database(database, pool=UNDER_TEST, configure=seen.append) as db, db.connection() as connection:
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
