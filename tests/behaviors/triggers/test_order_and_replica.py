"""When a trigger fires: beside others, where replicated changes are applied, at the end of a transaction."""

from __future__ import annotations

import pytest

from pgassay.contract.behavior import Rejects, Touches
from pgassay.errors import ContractError
from pgassay.findings import Finding, Outcome
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import TABLE, TOUCH, facts, touch

pytestmark = pytest.mark.thorough

MOVES = Touches(columns=("at",))
OTHER = """
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "{}" {} ON t FOR EACH {} EXECUTE FUNCTION idle();
"""


class TestAfter:
    @pytest.mark.parametrize(
        ("name", "when", "level"),
        [("a", "BEFORE UPDATE", "ROW"), ("Z", "BEFORE UPDATE OR DELETE", "ROW"), ("z", "BEFORE UPDATE", "STATEMENT")],
    )
    def test_what_fires_before(self, try_on: Try, name: str, when: str, level: str) -> None:
        assert try_on(touch(more=OTHER.format(name, when, level)), MOVES, after=(name,)) == ()

    def test_a_name_that_comes_later(self, try_on: Try) -> None:
        (finding,) = try_on(touch(more=OTHER.format("z", "BEFORE UPDATE", "ROW")), MOVES, after=("z",))
        assert finding == Finding(
            rule="trigger-fires-too-early",
            object='behavior "it" of trigger tr on t',
            expected="tr fires after z",
            found="it fires before it: within a timing the order is that of the names",
            mend="ALTER TRIGGER tr ON public.t RENAME TO a name behind z",
        )

    def test_a_timing_that_comes_later(self, try_on: Try) -> None:
        (finding,) = try_on(touch(more=OTHER.format("a", "AFTER UPDATE", "ROW")), MOVES, after=("a",))
        assert (finding.found, finding.mend) == (
            "it fires before it: the timings decide",
            "make tr after for each row",
        )

    def test_another_event_can_never_be_compared(self, try_on: Try) -> None:
        problem = '"after": a fires on delete, tr on update'
        with pytest.raises(ContractError, match=problem):
            try_on(touch(more=OTHER.format("a", "BEFORE DELETE", "ROW")), MOVES, after=("a",))

    def test_what_is_not_there(self, try_on: Try) -> None:
        assert facts(try_on(touch(), MOVES, after=("a",))) == [("behavior-object-missing", "there are: tr")]


ALWAYS = "ALTER TABLE t ENABLE ALWAYS TRIGGER tr"


class TestReplica:
    def test_one_for_origin_rests(self, try_on: Try) -> None:
        assert try_on(touch(), MOVES, replica="rests") == ()

    def test_one_for_always_fires(self, try_on: Try) -> None:
        assert try_on(touch(more=ALWAYS), MOVES, replica="fires") == ()

    def test_one_for_origin_that_must_fire(self, try_on: Try) -> None:
        (finding,) = try_on(touch(), MOVES, replica="fires")
        assert finding == Finding(
            rule="trigger-rests-in-replica",
            object='behavior "it" of trigger tr on t',
            expected="under session_replication_role = replica the trigger fires",
            found="it does not do its job: it stands still in 1 row: (1)",
            mend="ALTER TABLE public.t ENABLE ALWAYS TRIGGER tr;",
        )

    def test_one_for_always_that_must_rest(self, try_on: Try) -> None:
        (finding,) = try_on(touch(more=ALWAYS), MOVES, replica="rests")
        assert (finding.rule, finding.mend) == ("trigger-fires-in-replica", "ALTER TABLE public.t ENABLE TRIGGER tr;")

    def test_one_for_replicas_alone(self, try_on: Try) -> None:
        findings = try_on(touch(more="ALTER TABLE t ENABLE REPLICA TRIGGER tr"), MOVES, replica="fires")
        assert facts(findings) == [("column-does-not-move", "it stands still in 1 row: (1)")]
        assert findings[0].mend == "ALTER TABLE public.t ENABLE ALWAYS TRIGGER tr;"

    @pytest.mark.parametrize("superuser", [None, "SET ROLE pg_monitor"])
    def test_without_a_superuser_it_is_blind(self, try_on: Try, superuser: str | None) -> None:
        (finding,) = try_on(touch(), MOVES, replica="rests", superuser=superuser)
        assert (finding.rule, finding.outcome) == ("replica-not-tried", Outcome.BLIND)


DEFERRED = TOUCH.replace("CREATE TRIGGER", "CREATE CONSTRAINT TRIGGER").replace(
    "FOR EACH", "DEFERRABLE {state} FOR EACH"
)


def deferred(state: str) -> str:
    return TABLE + DEFERRED.format(state=state, when="AFTER UPDATE", job="RAISE 'no' USING ERRCODE = 'AB123'")


class TestDeferred:
    @pytest.mark.parametrize(("state", "at"), [("INITIALLY DEFERRED", "commit"), ("", "statement")])
    def test_when_it_must_be(self, try_on: Try, state: str, at: str) -> None:
        assert try_on(deferred(state), Rejects(sqlstate="AB123", at=at)) == ()

    @pytest.mark.parametrize(
        ("state", "at", "found"),
        [
            ("INITIALLY DEFERRED", "statement", "it is rejected at the end of the transaction"),
            ("", "commit", "it is rejected by the statement itself"),
        ],
    )
    def test_when_it_must_not_be(self, try_on: Try, state: str, at: str, found: str) -> None:
        findings = try_on(deferred(state), Rejects(sqlstate="AB123", at=at))
        assert facts(findings) == [("write-rejected-at-another-time", found)]

    def test_on_a_replica_too(self, try_on: Try) -> None:
        schema = deferred("INITIALLY DEFERRED") + "ALTER TABLE t ENABLE ALWAYS TRIGGER tr"
        assert try_on(schema, Rejects(sqlstate="AB123", at="commit"), replica="fires") == ()


class TestNoop:
    @pytest.mark.parametrize("when", ["BEFORE UPDATE OF at", "BEFORE UPDATE"])
    def test_a_column_that_moves_on_any_update(self, try_on: Try, when: str) -> None:
        expect = Touches(columns=("at",), noop=True)
        schema = touch(when=when) if "OF" not in when else touch(job="IF NEW <> OLD THEN NEW.at := now(); END IF")
        expected = [] if "OF" in when else [("column-moves-otherwise", "it moves in 2 rows: (1), (2)")]
        assert facts(try_on(schema, expect)) == expected

    def test_a_table_of_nothing_else(self, try_on: Try) -> None:
        schema = touch() + "ALTER TABLE t DROP x, DROP n, ALTER id ADD GENERATED ALWAYS AS IDENTITY"
        with pytest.raises(ContractError, match=r'"not_on_noop": public\.t has no other column to set'):
            try_on(schema, Touches(columns=("at",), noop=True), given="INSERT INTO t DEFAULT VALUES", change="SELECT")
