from __future__ import annotations

import pytest

from pgassay.contract.behavior import Fills, Writes
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import TABLE, facts, touch

DOUBLE = Fills(values={"n": "14"}, expressions={"at": "at -- as it is"})
INSERT = "INSERT INTO t (id, x) VALUES (3, 7), (4, 7)"
JOB = "NEW.n := 2 * NEW.x"


def test_a_column_that_is_filled_in_each_row(try_on: Try) -> None:
    filling = touch(when="BEFORE INSERT OR UPDATE", job=JOB)
    assert try_on(filling, Fills(values={"n": "014"}), change=INSERT) == ()
    assert try_on("SELECT", Fills(expressions={"n": "x * 2 -- twice"}), given="", change="UPDATE t SET x = 9") == ()


def test_a_function_that_forgets_its_job(try_on: Try) -> None:
    (finding,) = try_on(touch(when="BEFORE INSERT", job="NULL"), Fills(values={"n": "14"}), change=INSERT)
    assert finding == Finding(
        rule="column-not-filled",
        object='behavior "it" of trigger tr on t',
        expected="n is '14' in each row of public.t that the change writes",
        found="it is not in 2 rows: (3), (4); in (3) it is '0'",
        mend="look at function public.touch, which trigger tr on public.t calls before insert for each row",
    )


BROKEN = {
    "another event": (touch(job=JOB), "it is not in 2 rows: (3), (4); in (3) it is '0'"),
    "another value": (
        touch(when="BEFORE INSERT", job="NEW.n := NEW.x"),
        "it is not in 2 rows: (3), (4); in (3) it is '7'",
    ),
    "some rows": (
        touch(when="BEFORE INSERT", job=f"IF NEW.id = 3 THEN {JOB}; END IF"),
        "it is not in 1 row: (4); in (4) it is '0'",
    ),
    "a null": (touch(when="BEFORE INSERT", job="NEW.n := NULL"), "it is not in 2 rows: (3), (4); in (3) it is null"),
    "too late": (touch(when="AFTER INSERT", job=JOB), "it is not in 2 rows: (3), (4); in (3) it is '0'"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_fill(try_on: Try, how: str) -> None:
    schema, found = BROKEN[how]
    assert facts(try_on(schema, Fills(values={"n": "14"}), change=INSERT)) == [("column-not-filled", found)]


def test_the_order_of_two_triggers_shows_in_the_value(try_on: Try) -> None:
    second = """
    CREATE FUNCTION plus() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$;
    CREATE TRIGGER {} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION plus();
    """
    expect = Fills(values={"n": "15"})
    assert try_on(touch(when="BEFORE INSERT", job=JOB) + second.format("z"), expect, change=INSERT) == ()
    renamed = try_on("ALTER TRIGGER z ON t RENAME TO a", expect, given="DELETE FROM t", change=INSERT)
    assert facts(renamed) == [("column-not-filled", "it is not in 2 rows: (3), (4); in (3) it is '14'")]


def test_a_change_that_fills_the_column_itself_proves_nothing(try_on: Try) -> None:
    found = try_on(touch(job=JOB), Fills(values={"n": "14"}), change="UPDATE t SET x = 7, n = 14")
    assert facts(found) == [("behavior-proves-nothing", "n is that with the trigger switched off, too")]


def test_a_change_that_writes_nothing_proves_nothing(try_on: Try) -> None:
    found = try_on(touch(job=JOB), Fills(values={"n": "14"}), change="DELETE FROM t")
    assert facts(found) == [("behavior-proves-nothing", "the change leaves no row that it has written")]


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        (Fills(values={"n": "many"}), '"fills": n: invalid input syntax for type integer: "many"'),
        (Fills(expressions={"n": "nonsense"}), '"fills": n: column "nonsense" does not exist'),
    ],
)
def test_a_value_that_means_nothing(try_on: Try, expect: Fills, problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        try_on(TABLE, expect, trigger=None, change=INSERT)


def test_odd_names(try_on: Try) -> None:
    schema = """
    CREATE TABLE "%s {} 🦉" ("%s ""k" int PRIMARY KEY, "50 %" text);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."50 %" := '%s'; RETURN NEW; END $$;
    CREATE TRIGGER tr BEFORE INSERT ON "%s {} 🦉" FOR EACH ROW EXECUTE FUNCTION f();
    """
    table = '"%s {} 🦉"'
    insert = f"INSERT INTO {table} VALUES (1)"
    both = [Fills(values={"50 %": "%s"}), Writes(table=table, row={"50 %": "%s"}, where="'%' = '%'")]
    assert try_on(schema, both[0], table=table, given="", change=insert) == ()
    assert try_on(f"TRUNCATE {table}", both[1], table=table, given="", change=insert) == ()
