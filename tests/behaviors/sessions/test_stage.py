from __future__ import annotations

import re
import signal
import threading
import time

import psycopg
import pytest

from pgassay.behaviors.sessions.stage import SessionError, Stage
from pgassay.behaviors.sessions.step import explain_wait
from pgassay.errors import UsageError
from pgassay.sandbox.database import ScratchDatabase
from tests.behaviors.sessions.conftest import Sessions

WRITE = "BEGIN; UPDATE account SET amount = amount - 1 WHERE id = %s"


def test_the_second_writer_waits_for_the_first(sessions: Sessions) -> None:
    a, b = sessions(2)
    a.run(WRITE, [1])
    step = b.start(WRITE, [1])
    assert step.waits_for == {a}
    assert step.lock == "ShareLock on transactionid for a row of public.account"
    a.run("COMMIT")
    assert (step.waiting, *step.waits_for, step.lock) == (False, "")
    assert step.result().tag == "UPDATE 1"
    assert b.run("SELECT amount FROM account WHERE id = 1").rows == [(8,)]


def test_writers_of_two_rows_do_not_wait(sessions: Sessions) -> None:
    a, b = sessions(2)
    assert [s.run(WRITE, [n]).count for n, s in enumerate((a, b), 1)] == [1, 1]


def test_a_queue_of_three(sessions: Sessions) -> None:
    a, b, c = sessions(3)
    a.run("BEGIN; LOCK TABLE job")
    second, third = b.start("BEGIN; LOCK TABLE job"), c.start("BEGIN; LOCK TABLE job IN SHARE MODE")
    assert second.waits_for == {a}
    assert third.waits_for == {a, b}
    assert second.lock == "AccessExclusiveLock on relation public.job"
    a.run("COMMIT")
    assert third.waits_for == {b}
    b.run("COMMIT")
    assert third.result().tag == "LOCK TABLE"


def test_a_wait_counts_when_its_look_for_a_deadlock_is_over(sessions: Sessions) -> None:
    """The server has said so: it is not told from the time that has passed."""
    a, b, c = sessions(3)
    a.run(WRITE, [1])
    c.run(WRITE, [2])
    both = b.start("BEGIN; UPDATE account SET amount = 0 WHERE id = 1; UPDATE account SET amount = 0 WHERE id = 2")
    assert both.waits_for == {a}
    assert b.has_looked
    a.run("COMMIT")
    assert both.waits_for == {c}
    assert b.has_looked
    c.run("COMMIT")
    assert not both.waiting
    assert not b.has_looked


@pytest.mark.slow
def test_a_session_that_is_made_to_say_nothing_comes_to_rest(sessions: Sessions) -> None:
    a, b = sessions(2)
    a.run(WRITE, [1])
    b.run("SET client_min_messages = warning")
    assert b.start(WRITE, [1]).waits_for == {a}


@pytest.mark.parametrize("_", range(3))
def test_who_closes_the_circle_is_the_victim(sessions: Sessions, _: int) -> None:
    a, b = sessions(2)
    a.run(WRITE, [1])
    b.run(WRITE, [2])
    first = a.start(WRITE.removeprefix("BEGIN; "), [2])
    second = b.start(WRITE.removeprefix("BEGIN; "), [1])
    assert (first.sqlstate, second.sqlstate) == (None, "40P01")
    assert first.result().tag == "UPDATE 1"
    with pytest.raises(psycopg.errors.DeadlockDetected, match="deadlock detected: session 2 is the victim") as caught:
        second.result()
    assert re.search(
        r"session 2 waits for ShareLock on transaction \d+; blocked by session 1\.\s+"
        r"session 1 waits for ShareLock on transaction \d+; blocked by session 2\.",
        str(caught.value),
    )


def test_a_circle_of_three(sessions: Sessions) -> None:
    ring = sessions(3)
    for number, session in enumerate(ring):
        session.run("SELECT pg_advisory_lock(%s)", [number])
    steps = [session.start("SELECT pg_advisory_lock(%s)", [(n + 1) % 3]) for n, session in enumerate(ring)]
    assert [step.sqlstate for step in steps] == [None, None, "40P01"]
    assert [*steps[0].waits_for, *steps[1].waits_for] == [ring[1], ring[2]]
    assert steps[0].lock == "ExclusiveLock on advisory"


@pytest.mark.parametrize(("level", "sqlstate"), [("REPEATABLE READ", None), ("SERIALIZABLE", "40001")])
def test_write_skew(sessions: Sessions, level: str, sqlstate: str | None) -> None:
    """Each sees enough on both accounts together, and takes it from one of them."""
    pair = sessions(2)
    for session in pair:
        assert session.run(f"BEGIN ISOLATION LEVEL {level}; SELECT sum(amount) FROM account").rows == [(20,)]
    for number, session in enumerate(pair, 1):
        session.run("UPDATE account SET amount = amount - 20 WHERE id = %s", [number])
    assert [session.start("COMMIT").sqlstate for session in pair] == [None, sqlstate]


@pytest.mark.parametrize(("end", "sqlstate"), [("COMMIT", "23505"), ("ROLLBACK", None)])
def test_a_unique_index_under_concurrent_insert(sessions: Sessions, end: str, sqlstate: str | None) -> None:
    a, b = sessions(2)
    a.run("BEGIN; INSERT INTO account VALUES (3, 'ada')")
    step = b.start("INSERT INTO account VALUES (3, 'bob')")
    assert step.waits_for == {a}
    a.run(end)
    assert step.sqlstate == sqlstate


def test_a_queue_whose_workers_skip_what_is_locked(sessions: Sessions) -> None:
    a, b = sessions(2)
    take = "BEGIN; SELECT id FROM job WHERE NOT done ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    assert (a.run(take).rows, b.run(take).rows) == ([(1,)], [(2,)])


def test_a_wait_where_none_is_expected_shows_all_sessions(sessions: Sessions) -> None:
    a, b, _ = sessions(3)
    a.run(WRITE, [1])
    with pytest.raises(SessionError) as caught:
        b.run("UPDATE account SET amount = 0 WHERE id = 1")
    assert str(caught.value) == (
        "session 2 still waits, so there is no result\n"
        "  session 1: idle in transaction; after: BEGIN; UPDATE account SET amount = amount - 1 WHERE id = 1; "
        "ended: UPDATE 1\n"
        "  session 2: waits for session 1, ShareLock on transactionid for a row of public.account; "
        "in: UPDATE account SET amount = 0 WHERE id = 1\n"
        "  session 3: idle\n"
        'hint: let the session that it waits for end its transaction; "start" where a wait is expected'
    )
    with pytest.raises(SessionError, match="session 2 cannot be sent a statement while it waits"):
        b.run("SELECT 1")


def test_what_pytest_shows_of_a_step(sessions: Sessions) -> None:
    a, b = sessions(2)
    assert repr(a.start("SELECT 1")) == "<session 1: SELECT 1: ended: SELECT 1>"
    assert repr(a.start("SELECT 1/0")) == "<session 1: SELECT 1/0: failed: division by zero [22012]>"
    a.run("BEGIN; LOCK TABLE job")
    waits = "<session 2: TABLE job: waits for session 1, AccessShareLock on relation public.job>"
    assert repr(b.start("TABLE job")) == waits


def test_what_pytest_shows_of_who_waits_for_whom(sessions: Sessions) -> None:
    a, b = sessions(2)
    found = a.start("SELECT 1").waits_for
    assert explain_wait(found, {b}) == [
        "waits for nobody == {session 2}",
        "  session 1: idle; after: SELECT 1; ended: SELECT 1",
        "  session 2: idle",
    ]
    assert explain_wait({a}, found) is None


def test_what_neither_ends_nor_waits_for_a_lock(scratch: ScratchDatabase) -> None:
    began = time.monotonic()
    with Stage(scratch, limit=0.2) as stage, pytest.raises(SessionError) as caught:
        stage.open(1)[0].run("SELECT pg_sleep(60)")
    assert str(caught.value).startswith(
        "after 0.2 s a statement has neither ended nor come to wait for a lock\n"
        "  session 1: runs (Timeout:PgSleep); in: SELECT pg_sleep(60)"
    )
    assert time.monotonic() - began < 5


def test_a_lock_of_somebody_else(sessions: Sessions, scratch: ScratchDatabase) -> None:
    (a,) = sessions(1)
    with scratch.connect() as other:
        other.execute("BEGIN; LOCK TABLE job")
        step = a.start("TABLE job")
        assert step.waits_for == {f"process {other.info.backend_pid}"}
        other.execute("ROLLBACK")
        assert len(step.result().rows) == 3


def test_a_safe_snapshot_is_waited_for(sessions: Sessions) -> None:
    a, b = sessions(2)
    a.run("BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE job SET done = true WHERE id = 1")
    b.run("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE")
    step = b.start("TABLE job")
    assert step.waits_for == {a}
    assert step.lock == "a safe snapshot"
    a.run("COMMIT")
    assert len(step.result().rows) == 3


def test_at_the_end_nothing_is_left_and_nothing_hangs(scratch: ScratchDatabase) -> None:
    began = time.monotonic()
    with Stage(scratch) as stage:
        a, b = stage.open(2)
        a.run(WRITE, [1])
        assert b.start(WRITE, [1]).waiting
    assert scratch.value("SELECT sum(amount) FROM account") == 20
    assert time.monotonic() - began < 5


def test_an_interrupt_ends_a_wait(scratch: ScratchDatabase) -> None:
    """Ctrl-C comes while the statement of a session is looked for."""
    with Stage(scratch) as stage:
        (a,) = stage.open(1)
        threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            a.run("SELECT pg_sleep(60)")


def test_a_session_that_is_lost(sessions: Sessions, scratch: ScratchDatabase) -> None:
    a, b = sessions(2)
    a.run("BEGIN; LOCK TABLE job")
    step = b.start("TABLE job")
    scratch.value("SELECT pg_terminate_backend(%s)", [b.process])
    assert "terminating connection due to administrator command" in str(step.error)
    with pytest.raises(psycopg.OperationalError):
        b.run("SELECT 1")


def test_copy_is_refused(sessions: Sessions) -> None:
    (a,) = sessions(1)
    with pytest.raises(psycopg.OperationalError, match="COPY from or to the client cannot be a step"):
        a.run("COPY job FROM STDIN")


def test_an_unknown_role(sessions: Sessions) -> None:
    with pytest.raises(UsageError, match='there is no role "nobody"'):
        sessions(1, role="nobody")
