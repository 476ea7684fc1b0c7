from __future__ import annotations

import pytest

from pgassay.contract.behavior import Notifies
from pgassay.findings import Finding
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import LOOK, facts, tell, touch

NEW = Notifies(channel='The "jobs"', payload="1")
CHANNEL = "'The \"jobs\"'"
NOTIFY = f"PERFORM pg_notify({CHANNEL}, NEW.id::text)"


def test_a_notification_with_its_payload(try_on: Try) -> None:
    assert try_on(touch(job=NOTIFY), NEW) == ()


def test_json(try_on: Try) -> None:
    job = f"PERFORM pg_notify({CHANNEL}, json_build_object('id', NEW.id, 'at', now())::text)"
    assert try_on(touch(job=job), Notifies(channel=NEW.channel, json={"id": 1})) == ()
    (finding,) = try_on("DELETE FROM t", Notifies(channel=NEW.channel, json={"id": "1"}))
    assert (finding.rule, finding.expected) == (
        "notification-differs",
        '1 notification on channel "The "jobs"", whose payload has {"id": "1"}',
    )


def test_one_for_a_statement_of_many_rows(try_on: Try) -> None:
    schema = tell(when="AFTER UPDATE", job=f"PERFORM pg_notify({CHANNEL}, '1')")
    assert try_on(schema, NEW, change="UPDATE t SET x = 1") == ()


def test_a_function_that_forgets_its_job(try_on: Try) -> None:
    (finding,) = try_on(touch(job="NULL"), NEW)
    assert finding == Finding(
        rule="notification-missing",
        object='behavior "it" of trigger tr on t',
        expected='1 notification on channel "The "jobs"", whose payload is \'1\'',
        found="nothing is sent on it",
        mend=LOOK,
    )


BROKEN = {
    "another channel": (touch(job="PERFORM pg_notify('jobs', '1')"), ("notification-missing", "nothing is sent on it")),
    "another payload": (touch(job=NOTIFY.replace("id", "x")), ("notification-differs", "1 notification: '2'")),
    "too many": (
        touch(job=f"{NOTIFY}; PERFORM pg_notify({CHANNEL}, '2')"),
        ("notification-extra", "2 notifications: '1', '2'"),
    ),
    "disabled": (
        touch(job=NOTIFY, more="ALTER TABLE t DISABLE TRIGGER tr"),
        ("notification-missing", "nothing is sent on it"),
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_notify(try_on: Try, how: str) -> None:
    schema, fact = BROKEN[how]
    assert facts(try_on(schema, NEW, change="UPDATE t SET x = 2 WHERE id = 1")) == [fact]


def test_a_change_that_notifies_itself_proves_nothing(try_on: Try) -> None:
    found = try_on(touch(job="NULL"), NEW, change='UPDATE t SET x = 1; NOTIFY "The ""jobs""", \'1\'')
    assert facts(found) == [("behavior-proves-nothing", "the same is sent with the trigger switched off, too")]
