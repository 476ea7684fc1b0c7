from __future__ import annotations

import pytest

from pgassay.contract.behavior import AppendOnly, SoftDeletes
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import TABLE, facts

LOG = """
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {job}; END $$;
CREATE TRIGGER tr BEFORE {events} ON t FOR EACH {level} EXECUTE FUNCTION no();
"""


def log(
    *, job: str = "RAISE 'append only'", events: str = "UPDATE OR DELETE OR TRUNCATE", level: str = "STATEMENT"
) -> str:
    return TABLE + LOG.format(job=job, events=events, level=level)


class TestAppendOnly:
    def test_a_log_that_only_grows(self, try_on: Try) -> None:
        assert try_on(log(), AppendOnly(), change="") == ()

    def test_rows_that_are_put_back(self, try_on: Try) -> None:
        schema = log(job="RETURN NULL", events="UPDATE OR DELETE", level="ROW") + (
            "CREATE TRIGGER t2 BEFORE TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION no2()"
        )
        refuse = "CREATE FUNCTION no2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        assert try_on(refuse + schema, AppendOnly(), change="") == ()

    def test_a_table_that_takes_all(self, try_on: Try) -> None:
        findings = try_on(TABLE, AppendOnly(), trigger=None, change="")
        assert findings[0] == Finding(
            rule="rows-not-kept",
            object='behavior "it" of table t',
            expected="UPDATE of public.t fails, or leaves its rows as they are",
            found="it changes 2 rows: (1), (2)",
            mend="look at the triggers, constraints and indexes of public.t, or correct the entry in behavior.toml",
        )
        assert [finding.found for finding in findings[1:]] == ["it removes 2 rows: (1), (2)"] * 2

    @pytest.mark.parametrize(
        ("schema", "found"),
        [
            (log(events="DELETE OR TRUNCATE"), ["it changes 2 rows: (1), (2)"]),
            (log(events="UPDATE OR TRUNCATE"), ["it removes 2 rows: (1), (2)"]),
            (log(events="UPDATE OR DELETE"), ["it removes 2 rows: (1), (2)"]),
            (log(job="RETURN NULL"), ["it changes 2 rows: (1), (2)", *["it removes 2 rows: (1), (2)"] * 2]),
            (
                log() + "ALTER TABLE t DISABLE TRIGGER tr",
                ["it changes 2 rows: (1), (2)", *["it removes 2 rows: (1), (2)"] * 2],
            ),
        ],
    )
    def test_what_is_let_through(self, try_on: Try, schema: str, found: list[str]) -> None:
        assert [finding.found for finding in try_on(schema, AppendOnly(), change="")] == found

    def test_an_update_of_ones_own(self, try_on: Try) -> None:
        job = "IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN RETURN NEW; END IF; RAISE 'no'"
        schema = log(job=job, events="UPDATE OR DELETE", level="ROW") + "CREATE TABLE other (t int REFERENCES t)"
        assert try_on(schema, AppendOnly()) == ()

    def test_an_empty_table_shows_nothing(self, try_on: Try) -> None:
        with pytest.raises(ContractError, match=r'"append_only": public\.t is empty'):
            try_on(log(), AppendOnly(), given="", change="")


def soft(*, job: str = "UPDATE t SET at = now() WHERE id = OLD.id; RETURN NULL", events: str = "DELETE") -> str:
    return TABLE.replace(" DEFAULT now()", "") + LOG.format(job=job, events=events, level="ROW")


AT = SoftDeletes(column="at")


class TestSoftDeletes:
    def test_rows_that_stay_and_are_marked(self, try_on: Try) -> None:
        assert try_on(soft(), AT, change="") == ()
        assert try_on("SELECT", AT, given="UPDATE t SET at = NULL", change="DELETE FROM t WHERE id = 1") == ()

    def test_a_boolean(self, try_on: Try) -> None:
        schema = soft(job="UPDATE t SET gone = true WHERE id = OLD.id; RETURN NULL")
        schema += "ALTER TABLE t ADD gone boolean NOT NULL DEFAULT false"
        assert try_on(schema, SoftDeletes(column="gone"), change="") == ()

    def test_rows_that_are_really_deleted(self, try_on: Try) -> None:
        (finding,) = try_on(soft(job="RETURN OLD"), AT, change="")
        assert finding == Finding(
            rule="row-really-deleted",
            object='behavior "it" of trigger tr on t',
            expected="a row that is deleted stays, in public.t",
            found="it removes 2 rows: (1), (2)",
            mend="look at function public.no, which trigger tr on public.t calls before delete for each row",
        )

    @pytest.mark.parametrize(
        ("schema", "fact"),
        [
            (soft(job="RETURN NULL"), ("row-not-marked", "it does not in 1 row: (1)")),
            (soft(job="UPDATE t SET at = now(); RETURN NULL"), ("row-marked-otherwise", "it is set in 1 row: (2)")),
            (soft(events="UPDATE"), ("row-really-deleted", "it removes 1 row: (1)")),
            (soft() + "ALTER TABLE t DISABLE TRIGGER tr", ("row-really-deleted", "it removes 1 row: (1)")),
            (soft(job="RAISE 'no'"), ("write-fails", "no [P0001]")),
        ],
    )
    def test_what_does_not_mark(self, try_on: Try, schema: str, fact: tuple[str, str]) -> None:
        assert facts(try_on(schema, AT, change="DELETE FROM t WHERE id = 1")) == [fact]

    def test_a_delete_of_nothing_shows_nothing(self, try_on: Try) -> None:
        with pytest.raises(ContractError, match='"soft_deletes": the change deletes no living row'):
            try_on(soft(), AT, change="DELETE FROM t WHERE id = 9")
