import os
import socket
import threading
import time
import traceback
from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import TargetError
from pgassay.servers.server import Server
from pgassay.target import Target
from pgassay.target.target import Connection


def count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM pg_class").fetchone()
    assert row is not None
    return int(row[0])


def test_it_reads(database: Conninfo) -> None:
    with Target(database) as target:
        assert target.read(count) > 100
        assert not target.connection.info.dsn.count("options=-c")
        assert target.connection.prepare_threshold is None
    target.close()


def test_making_one_connects_to_nothing() -> None:
    with Target(Conninfo("postgresql://nowhere.invalid/x")):
        pass


def test_facts_of_a_superuser(any_server: Server) -> None:
    with Target(any_server.at("postgres")) as target:
        facts = target.facts
    assert (facts.major, facts.version) == (any_server.major, any_server.version)
    assert (facts.role, facts.superuser, facts.owner) == ("postgres", True, True)
    assert facts.database == "postgres"
    assert not facts.standby
    assert facts.started
    assert facts.system_identifier


def test_facts_of_a_role_that_may_only_connect(private_server: Server) -> None:
    name = 'on"ly. Connect 😀'
    with private_server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with Target(private_server.at("postgres", user=name)) as target:
        assert (target.facts.role, target.facts.superuser, target.facts.owner) == (name, False, False)
        assert target.facts.system_identifier is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://me:s3c%40ret@localhost:1/nowhere", "refused"),
        ("postgresql://me:s3c%40ret@nowhere.invalid/x?connect_timeout=2", "nowhere.invalid"),
        ("host=/nonexistent user=me password=s3c@ret dbname=x", "/nonexistent"),
    ],
)
def test_one_that_cannot_be_reached_is_told_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(TargetError, match="cannot open the target me@") as caught, Target(Conninfo(url)) as target:
        target.read(count)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(target)
    assert reason in shown
    assert "s3c" not in shown


@pytest.mark.thorough
@pytest.mark.slow
def test_one_that_never_answers_costs_one_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        began = time.monotonic()
        with Target(Conninfo(url)) as target:
            for _ in range(5):
                with pytest.raises(TargetError, match=r"cannot open the target me@.*timeout"):
                    target.read(count)
        assert 1.5 < time.monotonic() - began < 4


def test_what_could_not_be_opened_is_tried_again_after_a_close(server: Server, role_name: Callable[[], str]) -> None:
    role = role_name()
    with Target(server.at("postgres", user=role)) as target, server.connect() as connection:
        with pytest.raises(TargetError, match="does not exist"):
            target.read(count)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        with pytest.raises(TargetError, match="does not exist"):
            target.read(count)
        target.close()
        assert target.read(count) > 100


def test_a_wrong_database_is_told_with_the_servers_reason(server: Server) -> None:
    with pytest.raises(TargetError, match='database "nowhere" does not exist'), Target(server.at("nowhere")) as target:
        target.read(count)


def test_a_failing_read_is_told_with_its_sqlstate(database: Conninfo) -> None:
    with pytest.raises(TargetError, match="division by zero") as caught, Target(database) as target:
        target.read(lambda connection: connection.execute("SELECT 1 / 0"))
    assert caught.value.sqlstate == "22012"
    with pytest.raises(TargetError, match="read-only transaction"), Target(database) as target:
        target.read(lambda connection: connection.execute("CREATE TABLE t ()"))


def conflict(connection: Connection) -> None:
    """What a standby answers when its replay is in the way."""
    connection.execute(
        "DO $$BEGIN RAISE 'canceling statement due to conflict with recovery' USING ERRCODE = '40001'; END$$"
    )


def test_a_conflict_with_a_standbys_replay_is_tried_again(database: Conninfo) -> None:
    tries = []

    def work(connection: Connection) -> int:
        tries.append(1)
        if len(tries) < 3:
            conflict(connection)
        return count(connection)

    with Target(database) as target:
        assert target.read(work) > 100
        with pytest.raises(TargetError, match="conflict with recovery") as caught:
            target.read(conflict)
    assert caught.value.sqlstate == "40001"


def test_a_session_that_was_ended_is_opened_again(database: Conninfo, server: Server) -> None:
    with Target(database) as target, server.connect() as other:
        target.read(count)
        other.execute("SELECT pg_terminate_backend(%s)", [target.connection.info.backend_pid])
        with pytest.raises(TargetError):
            target.read(count)
        assert target.read(count) > 100


def test_the_environment_does_not_lead_elsewhere(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=123kB")
    bare = Conninfo.of(**{k: database.get(k) for k in ("host", "port", "user", "dbname")})
    with Target(bare) as target:
        assert target.read(lambda c: c.execute("SHOW work_mem").fetchone()) != ("123kB",)


def test_options_of_the_url_are_the_users_own(database: Conninfo) -> None:
    with Target(database.with_(options="-c work_mem=123kB")) as target:
        assert target.read(lambda c: c.execute("SHOW work_mem").fetchone()) == ("123kB",)


def test_it_gives_its_name_within_its_transactions_only(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGAPPNAME", "elsewhere")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    show = "SELECT current_setting('application_name'), source FROM pg_settings WHERE name = 'client_encoding'"
    with Target(database.with_(client_encoding=None)) as target:
        assert target.read(lambda c: c.execute(show).fetchone()) == ("pgassay", "session")
        assert target.connection.execute(show).fetchone() == ("", "default")
        with target.database() as subject, subject.connection() as connection:
            assert connection.execute(show).fetchone() == ("pgassay", "session")
    with Target(database.with_(application_name="audit")) as target:
        assert target.read(lambda c: c.execute("SHOW application_name").fetchone()) == ("audit",)


def test_what_libpq_would_send_at_the_start_is_not_sent(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = {"PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German", "PGGEQO": "off"}
    for name, value in sent.items():
        monkeypatch.setenv(name, value)
    query = "SELECT count(*) FROM pg_settings WHERE source = 'client' AND name IN ('TimeZone', 'DateStyle', 'geqo')"
    with Target(database) as target:
        assert target.connection.execute(query).fetchone() == (0,)
        with target.database() as subject, subject.connection() as connection:
            assert connection.execute(query).fetchone() == (0,)
    assert {name: os.environ[name] for name in sent} == sent
    with psycopg.connect(database.dsn) as other:
        assert other.execute(query).fetchone() == (3,)


def test_the_timeout_of_the_url_wins(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    def timeout(conninfo: Conninfo) -> str:
        with Target(conninfo) as target:
            return str(target.connection.info.get_parameters()["connect_timeout"])

    bare = database.with_(connect_timeout=None)
    assert timeout(bare) == "10"
    assert timeout(bare.with_(connect_timeout=3)) == "3"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "4")
    assert timeout(bare) == "4"


def test_two_readings_are_two_snapshots(database: Conninfo) -> None:
    with Target(database) as target, psycopg.connect(database.dsn, autocommit=True) as other:
        before = target.read(count)
        other.execute("CREATE TABLE t ()")
        assert target.read(count) == before + 1


def test_what_runs_can_be_ended_from_another_thread(database: Conninfo) -> None:
    with Target(database) as target:
        target.cancel()  # nothing is open: nothing happens
        timer = threading.Timer(0.2, target.cancel)
        timer.start()
        with pytest.raises(TargetError, match="canceling statement due to user request"):
            target.read(lambda connection: connection.execute("SELECT pg_sleep(30)"))
        timer.join()
