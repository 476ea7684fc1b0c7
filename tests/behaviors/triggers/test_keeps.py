from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import Keeps
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import LOOK, TABLE, facts, touch

X = Keeps(columns=("x",))
REFUSE = "IF NEW.x <> OLD.x THEN RAISE 'no'; END IF"


@pytest.mark.parametrize("job", [REFUSE, "NEW.x := OLD.x", "RETURN NULL"])
def test_a_change_that_fails_or_is_undone(try_on: Try, job: str) -> None:
    assert try_on(touch(job=job), X) == ()


def test_a_function_that_forgets_its_job(try_on: Try) -> None:
    (finding,) = try_on(touch(job="NULL"), X, change="UPDATE t SET x = 7")
    assert finding == Finding(
        rule="column-changes",
        object='behavior "it" of trigger tr on t',
        expected="the change fails, or leaves x as it is in each row of public.t",
        found="it is another value in 2 rows: (1), (2); in (1) '7' in place of '0'",
        mend=LOOK,
    )


BROKEN = {
    "disabled": (touch(job=REFUSE, more="ALTER TABLE t DISABLE TRIGGER tr"), "column-changes"),
    "only some rows": (touch(job="IF NEW.id > 1 THEN NEW.x := OLD.x; END IF"), "column-changes"),
    "another event": (touch(job=REFUSE, when="BEFORE UPDATE OF n"), "column-changes"),
    "a null is let through": (touch(job=REFUSE), "column-changes"),
    "dropped": (touch(job=REFUSE, more="DROP TRIGGER tr ON t"), "behavior-object-missing"),
    "the row goes": (touch(job="DELETE FROM t WHERE id = OLD.id; RETURN NULL", when="AFTER UPDATE"), "row-gone"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_keep(try_on: Try, how: str) -> None:
    schema, rule = BROKEN[how]
    value = "NULL" if "null" in how else "x + 1"
    findings = try_on(schema, X, change=f"UPDATE t SET x = {value} WHERE id = 1")
    assert [finding.rule for finding in findings] == [rule]


def test_a_change_that_does_not_write_the_column_can_never_be_tried(try_on: Try) -> None:
    problem = 'behavior "it", "keeps": the change does not write x'
    with pytest.raises(ContractError, match=problem):
        try_on(touch(job=REFUSE), X, change="UPDATE t SET n = 1")


def test_a_change_that_fails_anyway_proves_nothing(try_on: Try) -> None:
    found = "the change fails with the trigger switched off, too: division by zero [22012]"
    assert facts(try_on(touch(job=REFUSE), X, change="UPDATE t SET x = 1/0")) == [("behavior-proves-nothing", found)]


def test_what_keeps_without_a_trigger(try_on: Try) -> None:
    schema = TABLE + "ALTER TABLE t ADD y int GENERATED ALWAYS AS (x) STORED"
    assert try_on(schema, Keeps(columns=("y",)), trigger=None, change="UPDATE t SET y = 5") == ()


def test_a_change_that_is_wrong_keeps_nothing(try_on: Try) -> None:
    problem = '"change": fails: column "y" of relation "t" does not exist [42703]'
    with pytest.raises(ContractError, match=re.escape(problem)):
        try_on(TABLE, X, trigger=None, change="UPDATE t SET y = 5")
