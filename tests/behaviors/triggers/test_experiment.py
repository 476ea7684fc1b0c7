from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import Rejects, Touches, Writes
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import STATEMENT, TABLE, TOUCH, facts, tell, touch

pytestmark = pytest.mark.thorough

MOVES = Touches(columns=("at",))
LOG = "CREATE TABLE log (what text, t int, at timestamptz DEFAULT now());"
WRITES = Writes(table="log", row={"what": "changed", "t": "1"})


class TestTouches:
    def test_a_column_that_moves(self, try_on: Try) -> None:
        assert try_on(touch(), MOVES) == ()

    def test_a_function_that_forgets_its_job(self, try_on: Try) -> None:
        (finding,) = try_on(touch(job="NULL"), MOVES)
        assert finding == Finding(
            rule="column-does-not-move",
            object='behavior "it" of trigger tr on t',
            expected="at moves in each row of public.t that the change writes",
            found="it stands still in 1 row: (1)",
            mend="look at function public.touch, which trigger tr on public.t calls before update for each row",
        )

    def test_a_trigger_on_the_wrong_event(self, try_on: Try) -> None:
        assert facts(try_on(touch(when="BEFORE INSERT"), MOVES)) == [
            ("column-does-not-move", "it stands still in 1 row: (1)")
        ]

    def test_a_trigger_that_is_disabled(self, try_on: Try) -> None:
        (finding,) = try_on(touch() + "ALTER TABLE t DISABLE TRIGGER tr", MOVES)
        assert (finding.rule, finding.mend) == ("column-does-not-move", "ALTER TABLE public.t ENABLE TRIGGER tr;")

    def test_a_trigger_that_is_dropped(self, try_on: Try) -> None:
        assert facts(try_on(touch() + "DROP TRIGGER tr ON t", MOVES)) == [
            ("behavior-object-missing", "it has no trigger")
        ]

    def test_only_some_rows_move(self, try_on: Try) -> None:
        schema = touch(job="IF NEW.id > 4 THEN NEW.at := now(); END IF")
        found = try_on(schema, MOVES, given="INSERT INTO t SELECT generate_series(1, 6)", change="UPDATE t SET x = 1")
        assert facts(found) == [("column-does-not-move", "it stands still in 4 rows: (1), (2), (3) and 1 more")]

    def test_rows_that_the_change_does_not_write_move_too(self, try_on: Try) -> None:
        job = "IF pg_trigger_depth() = 1 THEN UPDATE t SET at = now() WHERE id <> NEW.id; END IF; NEW.at := now()"
        assert facts(try_on(touch(job=job), MOVES)) == [("column-moves-otherwise", "it moves in 1 row: (2)")]

    def test_a_change_that_sets_the_column_itself_proves_nothing(self, try_on: Try) -> None:
        found = try_on(touch(), MOVES, change="UPDATE t SET at = clock_timestamp()")
        assert facts(found) == [("behavior-proves-nothing", "at moves with the trigger switched off, too")]

    def test_a_change_that_writes_nothing_proves_nothing(self, try_on: Try) -> None:
        found = try_on(touch(), MOVES, given="", change="UPDATE t SET x = 1")
        assert facts(found) == [("behavior-proves-nothing", "the change writes no row that was there before")]

    def test_a_trigger_that_swallows_the_change(self, try_on: Try) -> None:
        (finding,) = try_on(touch(job="RETURN NULL"), MOVES)
        assert (finding.rule, finding.expected, finding.found) == (
            "write-swallowed",
            "the change writes each row of public.t that it writes without the trigger",
            "it does not write 1 row: (1)",
        )

    def test_a_change_that_fails(self, try_on: Try) -> None:
        found = try_on(touch(job="PERFORM nonsense()"), MOVES)
        assert facts(found) == [("write-fails", "function nonsense() does not exist [42883]")]

    def test_a_change_that_needs_the_trigger(self, try_on: Try) -> None:
        """Switched off, the trigger leaves a null where there may be none: nothing can be learned from that."""
        schema = touch(job="NEW.at := now(); NEW.n := 1") + "ALTER TABLE t ALTER n SET NOT NULL"
        assert try_on(schema, MOVES, change="UPDATE t SET n = NULL WHERE id = 1") == ()

    def test_without_a_trigger_named(self, try_on: Try) -> None:
        assert try_on(touch(), MOVES, trigger=None) == ()

    def test_unless(self, try_on: Try) -> None:
        only_x = Touches(columns=("at",), unless="UPDATE t SET n = 1")
        assert try_on(touch(when="BEFORE UPDATE OF x"), only_x) == ()

    def test_unless_is_broken(self, try_on: Try) -> None:
        assert facts(try_on(touch(), Touches(columns=("at",), unless="UPDATE t SET n = 1"))) == [
            ("column-moves-otherwise", "it moves in 2 rows: (1), (2)")
        ]

    def test_unless_writes_nothing(self, try_on: Try) -> None:
        nothing = Touches(columns=("at",), unless="UPDATE t SET n = 1 WHERE false")
        assert facts(try_on(touch(when="BEFORE UPDATE OF x"), nothing)) == [
            ("behavior-proves-nothing", '"unless" writes no row')
        ]

    def test_a_clock_that_ticks_slowly(self, try_on: Try) -> None:
        schema = touch() + "ALTER TABLE t ALTER at TYPE timestamp(1) without time zone"
        assert try_on(schema, MOVES) == ()

    def test_several_columns(self, try_on: Try) -> None:
        found = try_on(touch(), Touches(columns=("at", "n")))
        assert facts(found) == [("column-does-not-move", "it stands still in 1 row: (1)")]
        assert found[0].expected.startswith("n moves")

    def test_odd_names(self, try_on: Try) -> None:
        name = 'Ünï."c\'ode" 🦉 %s {}'
        quoted = '"' + name.replace('"', '""') + '"'
        schema = f"""
        CREATE SCHEMA {quoted};
        CREATE TABLE {quoted}.{quoted} ({quoted} int, "k.2" text, "at" timestamptz, x int,
            PRIMARY KEY ({quoted}, "k.2"));
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
        CREATE TRIGGER {quoted} BEFORE UPDATE ON {quoted}.{quoted} FOR EACH ROW EXECUTE FUNCTION touch();
        """
        assert (
            try_on(
                schema,
                MOVES,
                table=f"{quoted}.{quoted}",
                trigger=name,
                given=f"INSERT INTO {quoted}.{quoted} VALUES (1, 'a''b')",
                change=f"UPDATE {quoted}.{quoted} SET x = 5",
            )
            == ()
        )

    def test_a_table_without_a_primary_key_is_refused(self, try_on: Try) -> None:
        with pytest.raises(ContractError, match=r'behavior "it", "table": public\.t has no primary key'):
            try_on(touch() + "ALTER TABLE t DROP CONSTRAINT t_pkey", MOVES)

    @pytest.mark.parametrize(
        ("table", "columns", "trigger", "found"),
        [
            ("tt", ("at",), "tr", "there is none; near: t"),
            ("s.t", ("at",), "tr", "there is none"),
            ("t", ("att",), "tr", "there is none; there are: at"),
            ("t", ("at",), "tri", "there are: tr"),
        ],
    )
    def test_what_is_not_there(
        self, try_on: Try, table: str, columns: tuple[str, ...], trigger: str, found: str
    ) -> None:
        (finding,) = try_on(touch(), Touches(columns=columns), table=table, trigger=trigger)
        assert finding.rule == "behavior-object-missing"
        assert finding.found.startswith(found)

    def test_a_name_in_two_schemas(self, try_on: Try) -> None:
        (finding,) = try_on(touch() + "CREATE SCHEMA s; CREATE TABLE s.t ()", MOVES)
        assert finding.found == "there are several: public.t, s.t"


def test_given_that_fails_names_the_entry(try_on: Try) -> None:
    problem = 'behavior "it", "given": fails: division by zero [22012]'
    with pytest.raises(ContractError, match=re.escape(problem)):
        try_on(touch(), MOVES, given="SELECT 1/0")


REFUSE = touch(job="RAISE 'no' USING ERRCODE = 'AB123'")


class TestRejects:
    def test_a_write_that_is_rejected(self, try_on: Try) -> None:
        assert try_on(REFUSE, Rejects(sqlstate="AB123")) == ()

    def test_a_write_that_is_not(self, try_on: Try) -> None:
        (finding,) = try_on(touch(), Rejects(sqlstate="AB123"))
        assert finding == Finding(
            rule="write-not-rejected",
            object='behavior "it" of trigger tr on t',
            expected="the change is rejected with SQLSTATE AB123",
            found="the change succeeds",
            mend="look at function public.touch, which trigger tr on public.t calls before update for each row",
        )

    def test_a_write_that_is_rejected_otherwise(self, try_on: Try) -> None:
        assert facts(try_on(REFUSE, Rejects(sqlstate="AB124"))) == [("write-rejected-otherwise", "no [AB123]")]

    def test_a_constraint_by_its_name(self, try_on: Try) -> None:
        schema = TABLE + "ALTER TABLE t ADD CONSTRAINT small CHECK (x < 1)"
        assert try_on(schema, Rejects(constraint="small", sqlstate="23514"), trigger=None) == ()
        (finding,) = try_on("SELECT", Rejects(constraint="smal"), trigger=None, given="")
        said = 'new row for relation "t" violates check constraint "small" (constraint "small") [23514]'
        assert (finding.rule, finding.expected, finding.found) == (
            "write-rejected-otherwise",
            "the change is rejected on constraint smal",
            f"{said}; there is no constraint smal, near: small",
        )
        assert finding.object == 'behavior "it" of table t'

    def test_a_rejection_at_the_end_of_the_transaction(self, try_on: Try) -> None:
        when = TOUCH.replace("CREATE TRIGGER", "CREATE CONSTRAINT TRIGGER").replace(
            "FOR EACH", "DEFERRABLE INITIALLY DEFERRED FOR EACH"
        )
        schema = TABLE + when.format(when="AFTER UPDATE", job="RAISE 'no' USING ERRCODE = 'AB123'")
        assert try_on(schema, Rejects(sqlstate="AB123")) == ()

    def test_a_write_that_is_rejected_anyway_proves_nothing(self, try_on: Try) -> None:
        found = try_on(touch(), Rejects(sqlstate="22012"), change="UPDATE t SET x = 1/(id-id)")
        assert facts(found) == [
            ("behavior-proves-nothing", "the change is rejected in the same way with the trigger switched off")
        ]


class TestWrites:
    SCHEMA = LOG + touch(when="AFTER UPDATE", job="INSERT INTO log VALUES ('changed', NEW.id)")

    @pytest.mark.parametrize(
        "expect",
        [
            WRITES,
            Writes(table="public.log", where="what LIKE 'chan%' -- and at the end"),
            Writes(table="log", row={"t": "1"}, where="what LIKE 'chan%'"),
        ],
    )
    def test_a_row_that_is_written(self, try_on: Try, expect: Writes) -> None:
        assert try_on(self.SCHEMA, expect) == ()

    def test_one_statement_of_many_rows(self, try_on: Try) -> None:
        """A trigger of the statement sees all rows at once; one that looks at a single row is told apart."""
        job = "INSERT INTO log SELECT 'changed', id FROM fresh {}"
        change, both = "UPDATE t SET x = 1", Writes(table="log", row={"what": "changed"}, count=2)
        transition = "REFERENCING NEW TABLE AS fresh"
        schema = LOG + tell(when="AFTER UPDATE", job=job.format(""), transition=transition)
        assert try_on(schema, both, change=change) == ()
        first = "DROP TRIGGER tr ON t; DROP FUNCTION tell;" + STATEMENT.format(
            when="AFTER UPDATE", job=job.format("LIMIT 1"), transition=transition
        )
        assert facts(try_on(first, both, given="", change=change)) == [("row-not-written", "1 row more")]

    def test_a_row_that_was_there_does_not_count(self, try_on: Try) -> None:
        given = "INSERT INTO t VALUES (1); INSERT INTO log VALUES ('changed', 1)"
        (finding,) = try_on(LOG + touch(when="AFTER UPDATE", job="NULL"), WRITES, given=given)
        assert (finding.rule, finding.expected, finding.found) == (
            "row-not-written",
            "1 row more in log where what = 'changed' and t = '1'",
            "0 rows more",
        )

    def test_rows_are_counted(self, try_on: Try) -> None:
        twice = Writes(table="log", row={"what": "changed"}, count=2)
        assert try_on(self.SCHEMA, twice, change="UPDATE t SET x = 1") == ()
        assert facts(try_on("SELECT", WRITES, given="", change="UPDATE t SET x = 1; UPDATE t SET x = 2")) == [
            ("row-written-too-often", "2 rows more")
        ]

    def test_a_change_that_writes_the_row_itself_proves_nothing(self, try_on: Try) -> None:
        schema = LOG + touch(when="AFTER UPDATE", job="NULL")
        found = try_on(schema, WRITES, change="INSERT INTO log VALUES ('changed', 1)")
        assert facts(found) == [("behavior-proves-nothing", "the rows appear with the trigger switched off, too")]

    def test_what_is_not_there(self, try_on: Try) -> None:
        assert facts(try_on(self.SCHEMA, Writes(table="lot", where="true"))) == [
            ("behavior-object-missing", "there is none; near: log")
        ]

    @pytest.mark.parametrize(
        ("expect", "problem"),
        [
            (Writes(table="log", row={"t": "one"}), "invalid input syntax for type integer"),
            (Writes(table="log", where="nonsense"), 'column "nonsense" does not exist'),
        ],
    )
    def test_values_that_cannot_be_looked_up(self, try_on: Try, expect: Writes, problem: str) -> None:
        with pytest.raises(ContractError, match=f'behavior "it", "writes": cannot be looked up: {problem}'):
            try_on(self.SCHEMA, expect)
