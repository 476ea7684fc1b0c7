"""A runner whose session is killed, or that is interrupted: what stays, and what is said."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError

from .conftest import Project


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
