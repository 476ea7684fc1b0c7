from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.connectors import UrlConnector
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Direction
from pgassay.migrations.runner import Patience, Runner
from pgassay.migrations.sources.native import load
from pgassay.migrations.turn import KEY
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

from .conftest import QUICK, Project, make_owner

FINISHED_BOTH = [(1, "finished"), (2, "finished")]


def test_up_down_up(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.write("002-b", "CREATE TABLE b ();", "DROP TABLE b;")
    up = project.runner().up()
    assert [(step.version, step.name, step.direction) for step in up] == [
        (1, "a", Direction.UP),
        (2, "b", Direction.UP),
    ]
    assert project.results == list(up)
    assert project.ledger() == FINISHED_BOTH
    assert [step.version for step in project.runner().down(count=None)] == [2, 1]
    assert (project.ledger(), project.has("a"), project.has("b")) == ([], False, False)
    assert [step.version for step in project.runner().up(count=1)] == [1]
    assert project.runner().up(to=2)[0].version == 2
    assert project.runner().up() == ()


def test_every_major(any_project: Project) -> None:
    any_project.write("001-a", "CREATE TABLE a (i int);", "DROP TABLE a;")
    any_project.write("002-b", "CREATE INDEX CONCURRENTLY b ON a (i);", "DROP INDEX b;", options="transaction:false")
    any_project.write("003-c", "CREATE TABLE c ();\nSELECT 1 / 0;")
    with pytest.raises(MigrationError, match=r'003-c\.sql", line 3: division by zero'):
        any_project.runner().up()
    assert any_project.ledger() == FINISHED_BOTH
    any_project.runner().down(to=0)
    assert (any_project.ledger(), any_project.has("a")) == ([], False)


def test_the_ledger_says_who_and_what(project: Project) -> None:
    project.write("001-a b", "CREATE TABLE a ();", "DROP TABLE a;")
    (migration,) = load(project.folder)
    project.runner().up()
    query = (
        "SELECT name, up_checksum, down_checksum, applied_by, applied_at <= now(), duration > '0' FROM pgassay.ledger"
    )
    assert migration.down is not None
    expected = ("a b", migration.up.checksum, migration.down.checksum, project.owner, True, True)
    assert project.fetch(query) == [expected]


def test_a_step_that_fails_leaves_nothing(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.write("002-b", "CREATE TABLE b ();\n\nSELECT 1 /\n  0;\nCREATE TABLE c ();")
    with pytest.raises(MigrationError, match=r'002-b\.sql", line 4: division by zero \[22012\]\n  statement: SELECT 1'):
        project.runner().up()
    assert (project.ledger(), project.has("a"), project.has("b")) == ([(1, "finished")], True, False)


def test_what_only_a_superuser_may_do_names_the_way_out(project: Project) -> None:
    project.write("001-a", "CREATE ROLE nobody_makes_me")
    with pytest.raises(MigrationError) as caught:
        project.runner().up()
    assert caught.value.sqlstate == "42501"
    assert "what only a superuser may do belongs into schema/init" in str(caught.value.hint)


def test_a_step_that_fails_at_its_commit_leaves_nothing(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1), (1)")
    with pytest.raises(MigrationError, match="at its end: duplicate key"):
        project.runner().up()
    assert (project.ledger(), project.has("a")) == ([], False)


def test_a_step_that_commits_is_refused(project: Project) -> None:
    project.write("001-a", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;")
    with pytest.raises(MigrationError, match="line 2: BEGIN in a script that runs whole in one transaction"):
        project.runner().up()
    assert (project.ledger(), project.has("a")) == ([], False)


def test_a_commit_that_slipped_through_is_not_written_down(project: Project) -> None:
    project.fetch(f'ALTER DATABASE "{project.dbname}" SET standard_conforming_strings = off')
    project.write("001-a", r"CREATE TABLE a (); SELECT '\''; COMMIT AND CHAIN; -- '")
    with pytest.raises(MigrationError, match="what it did before has been committed; the ledger does not say so"):
        project.runner().up()
    assert (project.ledger(), project.has("a")) == ([], True)


@pytest.mark.parametrize("options", ["", "transaction:false"])
def test_what_a_file_sets_reaches_neither_the_next_nor_the_ledger(project: Project, options: str) -> None:
    project.write(
        "001-a",
        "CREATE SCHEMA s; CREATE TABLE s.ledger (); SET search_path = s; SET lock_timeout = 1; SET ROLE NONE;"
        "SET default_transaction_read_only = on; SET DateStyle = 'German'; SET client_encoding = 'LATIN1';",
        "DROP SCHEMA s CASCADE; SET search_path = nowhere; SET SESSION AUTHORIZATION DEFAULT;",
        options=options,
        down_options=options,
    )
    project.write("002-é", "CREATE TABLE a ();", "DROP TABLE a;")
    project.runner().up()
    assert (project.ledger(), project.has("public.a")) == (FINISHED_BOTH, True)
    project.runner().down(to=0)
    assert project.ledger() == []


def test_the_isolation_of_applications_is_not_taken_over(project: Project) -> None:
    project.fetch(f'ALTER ROLE "{project.owner}" SET default_transaction_isolation = serializable')
    project.write("001-a", "CREATE TABLE a AS SELECT current_setting('transaction_isolation') AS level")
    project.runner().up()
    assert project.fetch("SELECT level FROM a") == [("read committed",)]


def test_a_database_that_is_frozen_stays_so(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    project.fetch(f'ALTER ROLE "{project.owner}" SET default_transaction_read_only = on')
    with pytest.raises(MigrationError, match=r"every transaction here is read-only.*\n.*default_transaction_read_only"):
        project.runner().up()
    assert project.fetch("SELECT to_regnamespace('pgassay')") == [(None,)]


def test_a_superusers_step(project: Project) -> None:
    project.write(
        "001-a", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'", "DROP TABLE b", options="superuser:true"
    )
    project.write("002-b", "CREATE TABLE b ();")
    with pytest.raises(MigrationError, match='could not access file "x"'):
        project.runner().up()
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a", options="superuser:true")
    project.runner().up()
    assert project.fetch("SELECT applied_by FROM pgassay.ledger ORDER BY 1") == [(project.owner,), ("postgres",)]
    owners = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    assert project.fetch(owners) == [("a", "postgres"), ("b", project.owner)]


def test_a_superusers_step_without_a_superuser(project: Project) -> None:
    project.write("001-a", "SELECT 1", options="superuser:true")
    url = project.server.at(project.dbname, user=project.owner)
    runner = Runner(UrlConnector(conninfo=url), load(project.folder))
    with pytest.raises(MigrationError, match=f'needs a superuser, and "{project.owner}" is none'):
        runner.up()
    assert project.ledger() == []


def test_an_event_trigger_does_not_meet_our_own_writes(project: Project) -> None:
    raises = "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more DDL'; END $$;"
    trigger = "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f();"
    project.write("001-a", raises + trigger, options="superuser:true")
    project.write("002-b", "SELECT 1")
    project.runner().up()
    project.fetch("DROP EVENT TRIGGER t")
    assert project.ledger() == FINISHED_BOTH


# Names


@pytest.mark.parametrize("word", ['"; DROP TABLE t; --', "Capital.dot", "a b", "🐘🐘", "x" * 54])
def test_names_of_roles_may_hold_anything(
    server: Server, project: Project, role_name: Callable[..., str], word: str
) -> None:
    role = role_name(word)
    make_owner(server, project.dbname, role, login=len(word) % 2 == 0)
    project.owner = role
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.runner().up()
    assert project.fetch("SELECT tableowner FROM pg_tables WHERE tablename = 'a'") == [(role,)]
    assert project.fetch("SELECT applied_by FROM pgassay.ledger") == [(role,)]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding(
    server: Server, project: Project, role_name: Callable[..., str], encoding: str
) -> None:
    project.dbname = scratch_name("encoding")
    create_database(server, project.dbname, encoding=encoding, locale="C")
    try:
        project.owner = role_name("owner")
        make_owner(server, project.dbname, project.owner)
        project.write("001-é", "CREATE TABLE é AS SELECT 'é'::text AS x;", "DROP TABLE é;")
        project.runner().up()
        assert project.runner().status().entries[0].name == "é"
        project.runner().down()
    finally:
        drop_database(server, project.dbname)


# Without a transaction


def test_an_index_is_built_concurrently(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    project.write(
        "002-b",
        "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY b ON a (i);\nCREATE INDEX CONCURRENTLY c ON a (i);",
        "DROP INDEX CONCURRENTLY b;\nDROP INDEX CONCURRENTLY c;",
        options="transaction:false",
        down_options="transaction:false",
    )
    project.runner().up()
    assert (project.ledger(), project.has("b"), project.has("c")) == (FINISHED_BOTH, True, True)
    project.runner().down()
    assert (project.ledger(), project.has("b"), project.has("c")) == (FINISHED_BOTH[:1], False, False)


def test_a_failure_half_way_says_what_stays(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    project.write(
        "002-b",
        'CREATE TABLE b ();\nCREATE TABLE c ();\nCREATE UNIQUE INDEX CONCURRENTLY "b""i" ON a (i);\nSELECT 1;',
        options="transaction:false",
    )
    with pytest.raises(ScriptError) as caught:
        project.runner().up()
    said = str(caught.value)
    assert '002-b.sql", line 4: could not create unique index' in said
    assert "these statements have taken effect and stay, by their lines: 2, 3" in said
    assert 'an invalid index is left: DROP INDEX CONCURRENTLY public."b""i";' in said
    assert "hint: look at what it has done" in said
    assert "DELETE FROM pgassay.ledger WHERE version = 2" in said
    assert project.ledger() == [(1, "finished"), (2, "failed")]
    for again in (project.runner().up, project.runner().down):
        with pytest.raises(MigrationError, match='the up of version 2 "b", which runs without a transaction, failed'):
            again()
    for mend in ('DROP INDEX CONCURRENTLY public."b""i"', "DELETE FROM pgassay.ledger WHERE version = 2"):
        project.fetch(mend)
    project.fetch("DROP TABLE b, c; DELETE FROM a")
    project.runner().up()
    assert project.ledger() == FINISHED_BOTH


def test_an_index_that_stays_invalid_is_no_success(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    once = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS b ON a (i);"
    project.write("002-b", once, options="transaction:false")
    with pytest.raises(ScriptError, match="could not create unique index"):
        project.runner().up()
    project.fetch("DELETE FROM pgassay.ledger WHERE version = 2")
    with pytest.raises(ScriptError, match=r"an index that it names is invalid: public\.b\n") as caught:
        project.runner().up()
    assert "IF NOT EXISTS keeps what an earlier build left: DROP INDEX CONCURRENTLY public.b;" in str(caught.value)
    assert project.ledger() == [(1, "finished"), (2, "failed")]


def test_a_down_that_fails_half_way(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;\nDROP TABLE b;", down_options="transaction:false")
    project.runner().up()
    with pytest.raises(ScriptError, match="these statements have taken effect and stay, by their lines: 4"):
        project.runner().down()
    assert project.ledger() == [(1, "revert failed")]
    with pytest.raises(MigrationError, match="the down of version 1"):
        project.runner().up()


def test_the_row_says_started_meanwhile(project: Project) -> None:
    project.write("001-a", "CREATE TABLE seen AS SELECT state FROM pgassay.ledger", options="transaction:false")
    project.runner().up()
    assert project.fetch("SELECT state FROM seen") == [("started",)]


def test_a_killed_session_without_a_transaction(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();\nSELECT pg_sleep(30);", options="transaction:false")
    with killing(project), pytest.raises(ScriptError) as caught:
        project.runner().up()
    assert "these statements have taken effect and stay, by their lines: 2" in str(caught.value)
    assert (project.ledger(), project.has("a")) == ([(1, "failed")], True)


def test_ctrl_c_without_a_transaction(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();\nSELECT pg_sleep(30);", options="transaction:false")
    with interrupting(project), pytest.raises(KeyboardInterrupt) as caught:
        project.runner().up()
    assert caught.value.__notes__[0] == "these statements have taken effect and stay, by their lines: 2"
    assert project.ledger() == [(1, "failed")]


# Others are there


def wait_until_asleep(project: Project) -> int:
    """Return the pid of the session that sleeps, as soon as there is one."""
    query = f"""
        SELECT pid FROM pg_stat_activity
         WHERE datname = '{project.dbname}' AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()"""
    for _ in range(500):
        if found := project.fetch(query):
            return int(found[0][0])
        threading.Event().wait(0.01)
    raise AssertionError("nothing sleeps")


@contextmanager
def meanwhile(action: Callable[[], object]) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(action)
        yield
        done.result()


def killing(project: Project) -> AbstractContextManager[None]:
    return meanwhile(lambda: project.fetch(f"SELECT pg_terminate_backend({wait_until_asleep(project)})"))


def interrupting(project: Project) -> AbstractContextManager[None]:
    def interrupt() -> None:
        wait_until_asleep(project)
        os.kill(os.getpid(), signal.SIGINT)

    return meanwhile(interrupt)


def test_a_killed_session_leaves_nothing(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();\nSELECT pg_sleep(30);")
    with killing(project), pytest.raises(MigrationError):
        project.runner().up()
    assert (project.ledger(), project.has("a")) == ([], False)
    project.write("001-a", "CREATE TABLE a ();")
    project.runner().up()


def test_ctrl_c_leaves_nothing_and_says_so(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();\nSELECT pg_sleep(30);")
    with interrupting(project), pytest.raises(KeyboardInterrupt) as caught:
        project.runner().up()
    assert caught.value.__notes__ == ['the up of "001-a" was rolled back, nothing of it stays']
    assert (project.ledger(), project.has("a")) == ([], False)


SLOW_COMMIT = """
CREATE TABLE a (i int);
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
INSERT INTO a VALUES (1);
"""


def test_ctrl_c_while_it_commits(project: Project) -> None:
    project.write("001-a", SLOW_COMMIT)
    with interrupting(project), pytest.raises(KeyboardInterrupt) as caught:
        project.runner().up()
    assert caught.value.__notes__ == ['the up of "001-a" was rolled back, nothing of it stays']
    assert (project.ledger(), project.has("a")) == ([], False)


def test_a_session_killed_while_it_commits(project: Project) -> None:
    project.write("001-a", SLOW_COMMIT)
    with killing(project), pytest.raises(MigrationError, match="whether it was committed is not known"):
        project.runner().up()
    assert (project.ledger(), project.has("a")) == ([], False)


def test_two_runners_make_each_step_once(project: Project) -> None:
    for number in range(1, 6):
        project.write(f"{number:03}-x", f"CREATE TABLE t{number} (); SELECT pg_sleep(0.02)")
    patience = Patience(runner=20)
    with ThreadPoolExecutor(3) as pool:
        made = [pool.submit(project.runner(patience=patience).up) for _ in range(3)]
        assert sorted(len(one.result()) for one in made) == [0, 0, 5]
    assert [row[0] for row in project.ledger()] == [1, 2, 3, 4, 5]
    assert any(text.startswith("waiting for another runner: pid ") for text in project.waits)


def test_two_runners_build_concurrently(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int)")
    project.write("002-b", "CREATE INDEX CONCURRENTLY b ON a (i); SELECT pg_sleep(0.1)", options="transaction:false")
    patience = Patience(runner=20)
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(project.runner(patience=patience).up) for _ in range(2)]
        assert sorted(len(one.result()) for one in made) == [0, 2]


def test_a_runner_that_does_not_end_is_named(project: Project) -> None:
    project.write("001-a", "SELECT 1")
    with project.server.connect(project.dbname) as other:
        other.execute("SET application_name = 'the other'")
        other.execute("SELECT pg_advisory_lock(%s)", [KEY])
        said = rf'did not end within 0.3 s: pid {other.info.backend_pid}, application "the other", role "postgres"'
        with pytest.raises(MigrationError, match=said):
            project.runner().up()
    assert project.runner().up()


def test_a_lock_is_waited_for_and_tried_again(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    project.write("002-b", "CREATE TABLE b (); ALTER TABLE a ADD x int;")
    project.runner().up(count=1)
    with project.connector.as_owner() as other, other.transaction():
        other.execute("SELECT FROM a")
        with pytest.raises(ScriptError) as caught:
            project.runner().up()
    assert (caught.value.sqlstate, project.has("b")) == ("55P03", False)
    assert "pg_blocking_pids" in str(caught.value)
    assert project.waits == [f'"002-b" waits for a lock, try {number} of 3' for number in (1, 2)]


def test_a_ledger_that_somebody_holds(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.runner().up()
    with project.connector.as_owner() as other, other.transaction():
        other.execute("LOCK TABLE pgassay.ledger IN SHARE MODE")
        with pytest.raises(MigrationError, match=r"could not be written down in(.|\n)*pg_prepared_xacts"):
            project.runner().down()
    assert project.has("a")


def test_a_lock_that_is_let_go_of_is_had(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    project.write("002-b", "ALTER TABLE a ADD x int;")
    project.runner().up(count=1)
    with project.connector.as_owner() as other:
        other.execute("BEGIN; SELECT FROM a")
        project.runner(on_wait=lambda _: other.execute("ROLLBACK")).up()
    assert project.ledger() == FINISHED_BOTH


def test_the_ledger_is_read_again_in_each_step(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    project.write("002-b", "CREATE TABLE b ();")
    row = "SELECT 2, name, up_checksum, NULL, state, now(), 'me', interval '0' FROM pgassay.ledger"
    runner = project.runner(on_step=lambda _: project.fetch(f"INSERT INTO pgassay.ledger {row}"))
    with pytest.raises(MigrationError, match="was changed by somebody else"):
        runner.up()
    assert not project.has("b")


def test_a_ledger_that_may_not_be_written(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.runner().up()
    project.fetch(f'ALTER TABLE pgassay.ledger OWNER TO postgres; GRANT SELECT ON pgassay.ledger TO "{project.owner}"')
    with pytest.raises(MigrationError, match="GRANT SELECT, INSERT, UPDATE, DELETE ON") as caught:
        project.runner().down()
    assert (caught.value.sqlstate, project.has("a")) == ("42501", True)


def test_looking_makes_no_ledger(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    assert project.runner().down() == ()
    with pytest.raises(UsageError):
        project.runner().up(to=2)
    assert [entry.state for entry in project.runner().status().entries] == ["pending"]
    assert project.runner().verify() == ()
    assert project.fetch("SELECT to_regnamespace('pgassay')") == [(None,)]
    project.runner().up()
    project.write("001-a", "CREATE TABLE b ();")
    assert [problem.kind for problem in project.runner().verify()] == ["edited"]


def test_quick_patience_is_quick() -> None:
    assert QUICK.lock_timeout * QUICK.attempts < 1


@pytest.mark.parametrize(
    "setting", ["DateStyle = 'German, DMY'", "IntervalStyle = 'iso_8601'", "TimeZone = 'Asia/Tokyo'"]
)
def test_how_a_database_writes_times_is_its_own_business(project: Project, setting: str) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.write("002-b", "CREATE TABLE b ();", "DROP TABLE b;")
    with project.server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{project.dbname}" SET {setting}'.encode())
    runner = project.runner()
    runner.up()
    before = datetime.now(UTC) - timedelta(minutes=1)
    assert [e.applied_at is not None and e.applied_at > before for e in runner.status().entries] == [True, True]
    runner.down(count=2)
    assert not project.has("a")
