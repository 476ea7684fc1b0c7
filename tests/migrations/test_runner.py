"""Steps up and down, whole or not at all, and what the ledger says of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.connectors import UrlConnector
from pgassay.migrations.model import Direction
from pgassay.migrations.runner import Runner
from pgassay.migrations.sources.native import load
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

from .conftest import FINISHED_BOTH, Project, make_owner


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
    with pytest.raises(
        MigrationError,
        match=r'002-b\.sql", line 4: division by zero \[22012\]\n  statement 2 of 3, SELECT, line 4: SELECT 1',
    ):
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
