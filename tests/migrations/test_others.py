"""Other runners, and other sessions that hold what a step needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.runner import Patience
from pgassay.migrations.turn import KEY

from .conftest import FINISHED_BOTH, QUICK, Project


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


def test_quick_patience_is_quick() -> None:
    assert QUICK.lock_timeout * QUICK.attempts < 1
