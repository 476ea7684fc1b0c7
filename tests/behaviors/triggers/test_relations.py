"""Triggers of what is no plain table: views, partitioned tables, tables without a primary key."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pgassay.contract.behavior import (
    AppendOnly,
    Counts,
    Expectation,
    Fills,
    Keeps,
    Notifies,
    Rejects,
    SoftDeletes,
    Touches,
    Writes,
)
from pgassay.errors import ContractError
from tests.behaviors.conftest import Try
from tests.behaviors.triggers.schemas import TOUCH, facts, touch

pytestmark = pytest.mark.thorough

MOVES = Touches(columns=("at",))
FILLS = Fills(values={"x": "42"})
GOES = SoftDeletes(column="gone")
NAME = '"The ""V"".\U0001f989 %"'
BASE = f"""
CREATE TABLE base (id int PRIMARY KEY, x int, at timestamptz, gone timestamptz, hits int NOT NULL DEFAULT 0);
CREATE VIEW {NAME} AS SELECT id, sum(x) AS x, max(at) AS at, max(gone) AS gone FROM base GROUP BY id;
CREATE TABLE log (what text);
INSERT INTO base (id, x) VALUES (1, 1), (2, 2);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO base (id, x) VALUES (NEW.id, coalesce(NEW.x, 42));
    ELSIF TG_OP = 'UPDATE' THEN
        IF NEW.id <> OLD.id THEN RAISE 'no' USING ERRCODE = 'AB123'; END IF;
        UPDATE base SET x = NEW.x, at = now() WHERE id = OLD.id;
    ELSE
        UPDATE base SET gone = now() WHERE id = OLD.id;
    END IF;
    INSERT INTO log VALUES (TG_OP);
    PERFORM pg_notify('told', TG_OP);
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER tr INSTEAD OF INSERT OR UPDATE OR DELETE ON {NAME} FOR EACH ROW EXECUTE FUNCTION f();
"""
INSERT, UPDATE = f"INSERT INTO {NAME} (id) VALUES (3), (4)", f"UPDATE {NAME} SET x = 7 WHERE id = 1"
VIEW: dict[str, Any] = {"table": NAME, "given": "", "key": ("id",)}
RENUMBER = f"UPDATE {NAME} SET id = 5 WHERE id = 1"


@pytest.mark.parametrize(
    ("expect", "change"),
    [
        (MOVES, UPDATE),
        (Keeps(columns=("id",)), RENUMBER),
        (Rejects(sqlstate="AB123"), RENUMBER),
        (Writes(table="log", row={"what": "INSERT"}, count=2), INSERT),
        (Counts(table="base", column="hits", where=f"{NAME}.id = base.id AND {NAME}.x = 42"), INSERT),
        (Notifies(channel="told", payload="UPDATE"), UPDATE),
        (FILLS, INSERT),
        (GOES, ""),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_instead_of(try_on: Try, expect: Expectation, change: str) -> None:
    count = "; UPDATE base SET hits = 1 WHERE x = 42" if isinstance(expect, Counts) else ""
    assert try_on(BASE.replace("NEW.x, 42))", f"NEW.x, 42)){count}"), expect, change=change, **VIEW) == ()


@pytest.mark.parametrize(
    ("job", "other", "expect", "fact"),
    [
        (", at = now()", "", MOVES, ("column-does-not-move", "it stands still in 1 row: (1)")),
        ("42", "43", FILLS, ("column-not-filled", "it is not in 2 rows: (3), (4); in (3) it is '43'")),
        ("INSERT INTO log", "--", Writes(table="log", where="true"), ("row-not-written", "0 rows more")),
        ("gone = now()", "x = 0", GOES, ("row-not-marked", "it does not in 2 rows: (1), (2)")),
    ],
)
def test_instead_of_it_something_else(
    try_on: Try, job: str, other: str, expect: Expectation, fact: tuple[str, str]
) -> None:
    changes = {Touches: UPDATE, Fills: INSERT, Writes: UPDATE, SoftDeletes: ""}
    assert facts(try_on(BASE.replace(job, other), expect, change=changes[type(expect)], **VIEW)) == [fact]


def test_a_view_without_a_key_says_what_is_missing(try_on: Try) -> None:
    with pytest.raises(ContractError) as caught:
        try_on(BASE, MOVES, table=NAME, given="", change=UPDATE)
    assert str(caught.value).endswith(
        'has no primary key by which its rows are known\nhint: say by which columns, with "key": the call'
    )


def test_a_view_that_is_only_appended_to_needs_a_change(try_on: Try) -> None:
    with pytest.raises(ContractError, match='hint: say by "change" which UPDATE must do nothing'):
        try_on(BASE, AppendOnly(), change="", **VIEW)
    found = try_on("SELECT", AppendOnly(), change=UPDATE, **VIEW)
    assert facts(found) == [
        ("behavior-proves-nothing", f"public.{NAME} keeps its rows with the trigger switched off, too"),
        ("rows-not-kept", "it changes 1 row: (1)"),
        ("rows-not-kept", "it removes 2 rows: (1), (2)"),
    ]


def test_the_trigger_of_a_view_is_there_again(try_on: Try) -> None:
    """What is sent cannot be taken back: there it is really dropped for a while."""
    expect = Notifies(channel="told", payload="UPDATE")
    assert try_on(BASE, expect, change=UPDATE, **VIEW) == try_on("SELECT", expect, change=UPDATE, **VIEW) == ()


PARTS = """
CREATE TABLE t (id int, k int, x int DEFAULT 0, at timestamptz DEFAULT now(), PRIMARY KEY (id, k))
    PARTITION BY LIST (k);
CREATE TABLE "T.1" PARTITION OF t FOR VALUES IN (1);
CREATE TABLE "T.2" PARTITION OF t FOR VALUES IN (2);
"""
ROWS = "INSERT INTO t (id, k) VALUES (1, 1), (2, 2)"


def parts(more: str = "") -> str:
    return PARTS + TOUCH.format(when="BEFORE UPDATE", job="NEW.at := now()") + more


@pytest.mark.parametrize("table", ["t", '"T.1"'])
def test_a_partitioned_table_and_a_part_of_it(try_on: Try, table: str) -> None:
    assert try_on(parts(), MOVES, table=table, given=ROWS) == ()


def test_a_row_that_changes_its_partition(try_on: Try) -> None:
    moves = {"given": ROWS, "change": "UPDATE t SET k = 3 - k"}
    assert try_on(parts(), MOVES, key=("id",), **moves) == ()
    assert facts(try_on("SELECT", MOVES, given="", change=moves["change"])) == [
        ("behavior-proves-nothing", "the change writes no row that was there before")
    ]


def test_a_partition_where_the_trigger_is_disabled(try_on: Try) -> None:
    schema = parts('ALTER TABLE "T.2" DISABLE TRIGGER tr')
    (finding,) = try_on(schema, MOVES, given=ROWS, change="UPDATE t SET x = 1")
    assert (finding.found, finding.mend) == (
        "it stands still in 1 row: (2, 2)",
        'ALTER TABLE public."T.2" ENABLE TRIGGER tr;',
    )


def test_columns_in_place_of_a_primary_key(try_on: Try) -> None:
    schema = touch() + "ALTER TABLE t DROP CONSTRAINT t_pkey"
    assert try_on(schema, MOVES, key=("id",)) == ()
    assert facts(try_on("SELECT", MOVES, key=("ix",))) == [("behavior-object-missing", "there is none; there are: x")]


def test_an_update_that_changes_nothing_may_be_suppressed(try_on: Try) -> None:
    suppress = "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();"
    noop = Touches(columns=("at",), noop=True)
    assert try_on(touch(more=suppress), noop) == ()
    found = try_on("SELECT", noop, given="TRUNCATE t", change="UPDATE t SET x = 2")
    assert ("behavior-proves-nothing", '"not_on_noop" writes no row') in facts(found)


@pytest.mark.parametrize(
    ("expect", "key", "more"),
    [
        (MOVES, "change", {}),
        (Keeps(columns=("x",)), "change", {}),
        (Rejects(sqlstate="AB123"), "change", {}),
        (AppendOnly(), "change", {}),
        (Touches(columns=("at",), unless="UPDATE tt SET y = 1"), "unless", {"change": "UPDATE t SET x = 1"}),
    ],
)
@pytest.mark.parametrize("trigger", ["tr", None])
def test_a_name_that_is_not_there_can_never_be_tried(
    try_on: Try, expect: Expectation, key: str, more: dict[str, str], trigger: str | None
) -> None:
    problem = f'behavior "it", "{key}": fails: relation "tt" does not exist [42P01]\nhint: near: t: the call'
    with pytest.raises(ContractError, match=re.escape(problem)):
        try_on(touch(), expect, trigger=trigger, **{"change": "UPDATE tt SET x = 1", **more})


def test_names_that_are_near(try_on: Try) -> None:
    for change, near in {
        "UPDATE t SET att = now()": 'column "att" of relation "t" does not exist [42703]\nhint: near: at: the call',
        "UPDATE t SET x = touhc(1)": "function touhc(integer) does not exist [42883]\nhint: near: touch: the call",
        "UPDATE t SET x = t.idd": "column t.idd does not exist [42703]\nhint: Perhaps you meant",
    }.items():
        schema = touch() if "att" in change else "SELECT"
        with pytest.raises(ContractError, match=re.escape(near)):
            try_on(schema, MOVES, given="", change=change)


def test_a_shape_that_needs_no_trigger_proves_nothing_of_it(try_on: Try) -> None:
    """Another trigger guards the table: the one that is named could go."""
    no = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
    guard = "CREATE TRIGGER a BEFORE UPDATE OR DELETE OR TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION no();"
    found = try_on(touch(more=no + guard), AppendOnly(), change="")
    assert facts(found) == [("behavior-proves-nothing", "public.t keeps its rows with the trigger switched off, too")]
