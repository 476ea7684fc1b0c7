"""A queue, and four that are broken: what a user reads of each."""

from __future__ import annotations

import pytest

from tests.behaviors.sessions.conftest import Sessions

TAKE = """
CREATE FUNCTION take() RETURNS int LANGUAGE plpgsql AS $$
DECLARE found int;
BEGIN
    {before}
    SELECT id INTO found FROM job WHERE NOT done ORDER BY id LIMIT 1 {lock};
    RETURN found;
END $$
"""


@pytest.mark.parametrize(
    ("before", "lock", "seen", "rows"),
    [
        ("", "FOR UPDATE SKIP LOCKED", "ended: SELECT 1", [(2,)]),
        ("", "", "ended: SELECT 1", [(1,)]),
        ("", "FOR UPDATE", "waits for session 1, ShareLock on transactionid for a row of public.job", [(1,)]),
        ("LOCK TABLE job;", "", "waits for session 1, AccessExclusiveLock on relation public.job", [(1,)]),
        ("PERFORM pg_advisory_xact_lock(7);", "", "waits for session 1, ExclusiveLock on advisory", [(1,)]),
    ],
    ids=["skips what is locked", "does not lock", "does not skip", "locks the table", "locks itself out"],
)
def test_a_queue(sessions: Sessions, before: str, lock: str, seen: str, rows: list[tuple[int]]) -> None:
    a, b = sessions(2)
    a.run(TAKE.format(before=before, lock=lock))
    assert a.run("BEGIN; SELECT take()").rows == [(1,)]
    step = b.start("SELECT take()")
    assert repr(step) == f"<session 2: SELECT take(): {seen}>"
    a.run("ROLLBACK")
    assert step.result().rows == rows


def test_a_queue_that_fails_where_something_is_locked(sessions: Sessions) -> None:
    a, b = sessions(2)
    a.run(TAKE.format(before="", lock="FOR UPDATE NOWAIT"))
    a.run("BEGIN; SELECT take()")
    said = 'failed: could not obtain lock on row in relation "job" [55P03]'
    assert repr(b.start("SELECT take()")) == f"<session 2: SELECT take(): {said}>"
