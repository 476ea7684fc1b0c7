"""Each defect that only rows show is found at its own step, by what really happens on a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.errors import ContractError
from pgassay.findings import Outcome
from pgassay.migrations.sources.native import load
from pgassay.proofs.rows_kept.snapshot import TableName
from pgassay.proofs.rows_kept.stock import Stock
from pgassay.proofs.rows_kept.walk import keep_rows

from .conftest import Kept, fill_plainly, nothing, rules

pytestmark = [pytest.mark.thorough, pytest.mark.older_by_night]

TABLE = ("CREATE TABLE t (id int PRIMARY KEY, name text, n int);", "DROP TABLE t;")
GOOD = ("ALTER TABLE t ADD more text;", "ALTER TABLE t DROP more;")


def test_steps_that_keep_rows(kept: Kept) -> None:
    seen = kept(
        TABLE,
        GOOD,
        ("ALTER TABLE t RENAME name TO label;", "ALTER TABLE t RENAME label TO name;"),
        ("ALTER TABLE t ALTER n TYPE bigint;", "ALTER TABLE t ALTER n TYPE int;"),
        ("ALTER TABLE t ADD late int NOT NULL DEFAULT 1;", "ALTER TABLE t DROP late;"),
    )
    assert rules(seen) == [[], [], [], [], []]
    assert {report.outcome for report in seen} == {Outcome.PASS}


# What fails on rows, the SQLSTATE, and what is said of how it is done safely.
FAILING = [
    ("ALTER TABLE t ADD late int NOT NULL", "23502", "SET NOT NULL in a later step"),
    ("ALTER TABLE t ALTER a SET NOT NULL", "23502", "SET NOT NULL in a later step"),
    ("ALTER TABLE t ADD UNIQUE (b)", "23505", "GROUP BY"),
    ("CREATE UNIQUE INDEX ON t (lower(c))", "23505", "GROUP BY"),
    ("ALTER TABLE t ADD EXCLUDE (d WITH =)", "23P01", "exclude each other"),
    ("DO $$ BEGIN IF EXISTS (TABLE t) THEN RAISE 'not now'; END IF; END $$", "P0001", "tables that hold rows"),
    ("ALTER TABLE t ALTER e TYPE varchar(2)", "22001", "with USING"),
    ("ALTER TABLE t ALTER f TYPE int USING f::int", "22P02", "with USING"),
    ("UPDATE t SET d = 1 / (d - d)", "22012", "tables that hold rows"),
    ("ALTER TABLE t ADD CHECK (id > 9)", "23514", "NOT VALID"),  # behind it the tests can put nothing in
]
LAST = ("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES p", "23503", "NOT VALID")


@pytest.mark.parametrize("failing", [FAILING[:4], FAILING[4:], [LAST]])
def test_ups_that_fail_on_rows(kept: Kept, failing: list[tuple[str, str, str]]) -> None:
    columns = "id int PRIMARY KEY, a text, b int, c text, d int, e text, f text"
    made = (f"CREATE TABLE t ({columns}); CREATE TABLE p (id int PRIMARY KEY);", "DROP TABLE t; DROP TABLE p;")
    seen = kept(made, *((f"DELETE FROM p; {up};", "") for up, _, _ in failing))[1:]
    for report, (up, sqlstate, mend) in zip(seen, failing, strict=True):
        (finding,) = report.findings
        assert finding.rule == "up-fails-on-rows"
        assert f"[{sqlstate}]\n  statement: {up};" in finding.found
        assert mend in finding.mend


def test_values_are_not_shown(kept: Kept) -> None:
    """Neither in what cannot be cast, nor in the server's detail of a row that breaks a constraint."""
    casts = ("ALTER TABLE t ALTER name TYPE int USING name::int;", "SELECT 1;")
    checks = ("ALTER TABLE t ADD CHECK (name = 'x');", "SELECT 1;")
    found = [finding.found for report in kept(TABLE, casts, checks) for finding in report.findings]
    assert len(found) == 2
    assert not any("row 1" in text or "row 3" in text or "detail" in text for text in found)
    assert 'invalid input syntax for type integer: "***"' in found[0]


def test_pending_trigger_events(kept: Kept) -> None:
    deferred = "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t DEFERRABLE INITIALLY DEFERRED;"
    up = "UPDATE t SET n = id; ALTER TABLE t ADD CHECK (n > 0);"
    down = "ALTER TABLE t DROP CONSTRAINT t_n_check;"
    (finding,) = kept(TABLE, (deferred, "ALTER TABLE t DROP CONSTRAINT t_n_fkey;"), (up, down))[2].findings
    assert finding.rule == "up-fails-on-rows"
    assert "[55006]" in finding.found
    assert finding.mend.startswith("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_down_that_fails_on_rows(kept: Kept) -> None:
    null = (
        "ALTER TABLE t ALTER name DROP NOT NULL; UPDATE t SET name = NULL;",
        "ALTER TABLE t ALTER name SET NOT NULL;",
    )
    made = (TABLE[0].replace("text", "text NOT NULL"), TABLE[1])
    (finding,) = kept(made, null)[1].findings
    assert finding.rule == "down-fails-on-rows"
    assert finding.expected == "the down runs to its end where tables hold rows, as it does where they are empty"
    assert finding.mend == "say in the down what the rows get in place of NULL, before it sets NOT NULL again"


WIDENED = """
ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a', 'b', 'c');
ALTER TABLE t ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old; UPDATE t SET mood = 'c';
"""
NARROWED = """
ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a', 'b');
ALTER TABLE t ALTER mood TYPE mood USING {using}; DROP TYPE old;
"""


def test_an_enum_that_is_narrowed(kept: Kept) -> None:
    made = (
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, mood mood);",
        "DROP TABLE t; DROP TYPE mood;",
    )
    bad = kept(made, (WIDENED, NARROWED.format(using="mood::text::mood")))
    assert [f.rule for f in bad[1].findings] == ["down-fails-on-rows"]
    assert "CASE" in bad[1].findings[0].mend
    good = kept(made, (WIDENED, NARROWED.format(using="CASE WHEN mood = 'c' THEN 'a' ELSE mood::text END::mood")))
    assert rules(good)[1] == [("values-changed", "column public.t.mood")]


def test_rows_that_are_gone(kept: Kept) -> None:
    (finding,) = kept(TABLE, ("DELETE FROM t WHERE id < 3;", "SELECT 1;"))[1].findings
    assert (finding.rule, finding.object) == ("rows-lost", "migration 002-step: table public.t")
    assert finding.found == "2 of 3 rows are gone: id = 1; id = 2"
    assert "accepted.toml" in finding.mend


def test_rows_that_come_back(kept: Kept) -> None:
    aside = "CREATE TABLE aside AS TABLE t; DELETE FROM t;"
    assert rules(kept(TABLE, (aside, "INSERT INTO t TABLE aside; DROP TABLE aside;"))) == [[], []]


def test_a_table_that_comes_back_empty(kept: Kept) -> None:
    assert rules(kept(TABLE, (TABLE[1], TABLE[0]))) == [[], [("rows-lost", "table public.t")]]


def test_a_column_that_comes_back_empty(kept: Kept) -> None:
    (finding,) = kept(TABLE, ("ALTER TABLE t DROP n;", "ALTER TABLE t ADD n int;"))[1].findings
    assert (finding.rule, finding.object) == ("column-emptied", "migration 002-step: column public.t.n")
    assert finding.found == "NULL in place of a value in 2 of 3 rows"


def test_a_column_that_comes_back_with_other_values(kept: Kept) -> None:
    (finding,) = kept(
        TABLE, ("ALTER TABLE t DROP n;", "ALTER TABLE t ADD n int DEFAULT 7; ALTER TABLE t ALTER n DROP DEFAULT;")
    )[1].findings
    assert (finding.rule, finding.object) == ("values-changed", "migration 002-step: column public.t.n")
    assert finding.found == "another value in 3 of 3 rows"


def test_values_that_a_trigger_sets_on_update(kept: Kept) -> None:
    """Such as the time of the last change: an UPDATE in the up counts as one."""
    function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n + 1; RETURN NEW; END';"
    trigger = f'{function} CREATE TRIGGER "T 1" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();'
    up = "ALTER TABLE t ADD b int; UPDATE t SET b = 1;"
    seen = kept((f"{TABLE[0]} {trigger}", f"{TABLE[1]} DROP FUNCTION f;"), (up, "ALTER TABLE t DROP b;"))
    (finding,) = seen[1].findings
    assert (finding.rule, finding.object) == ("values-changed", "migration 002-step: column public.t.n")
    assert finding.mend.startswith('where it was a trigger that set it ("T 1"), disable that around the UPDATE; else ')


def test_values_that_an_up_rounds(kept: Kept) -> None:
    seen = kept(TABLE, ("UPDATE t SET name = left(name, 3);", "SELECT 1;"))
    assert rules(seen)[1] == [("values-changed", "column public.t.name")]


def test_rows_that_an_up_puts_in(kept: Kept) -> None:
    up = "INSERT INTO t (id) SELECT coalesce(max(id), 0) + 100 FROM t;"
    (finding,) = kept(TABLE, (up, "SELECT 1;"))[1].findings
    assert (finding.rule, finding.object) == ("rows-left-behind", "migration 002-step: table public.t")
    assert finding.found == "1 more: id = 103"
    assert rules(kept(TABLE, (up, "DELETE FROM t WHERE id > 100;")))[1] == []


def test_a_second_up_that_fails_on_rows(kept: Kept) -> None:
    """Rows that were there make the difference: on an empty table the up has nothing to copy."""
    up = "INSERT INTO t (id) SELECT id + 100 FROM t WHERE id < 100;"
    assert rules(kept(TABLE, (up, "SELECT 1;")))[1] == [
        ("rows-left-behind", "table public.t"),
        ("second-up-fails-on-rows", ""),
    ]


def test_what_fails_without_rows_too_is_not_run(kept: Kept) -> None:
    seen = kept(TABLE, ("CREATE TABLE u (id int);", "DROP TABLE v;"), GOOD, ("SELECT 1/0;", "SELECT 1;"), GOOD)
    assert rules(seen) == [[], [("not-run", "")], [], [("not-run", "")], [("not-run", "")]]
    assert seen[1].findings[0].found == "not run with rows, for the down fails on empty tables too"
    assert seen[3].findings[0].found == "not run with rows, for the up fails on empty tables too"
    assert seen[4].findings[0].found == "not run, for 004-step has a defect"


def test_a_trace_in_the_schema_is_the_round_trips_to_tell(kept: Kept) -> None:
    seen = kept(
        TABLE,
        ("ALTER TABLE t ADD b int; UPDATE t SET n = 8;", "SELECT 1;"),
        ("ALTER TABLE t DROP b;", "ALTER TABLE t ADD b int;"),
    )
    assert rules(seen) == [[], [("values-changed", "column public.t.n")], [("column-emptied", "column public.t.b")]]


def test_a_second_up_that_leads_elsewhere_is_the_round_trips_to_tell(kept: Kept) -> None:
    grows = "CREATE SEQUENCE IF NOT EXISTS s; DO $$ BEGIN EXECUTE format('CREATE TABLE u%s ()', nextval('s')); END $$;"
    shrinks = "DO $$ BEGIN EXECUTE format('DROP TABLE u%s', (SELECT last_value FROM s)); END $$;"
    made = ("CREATE SEQUENCE s;", "DROP SEQUENCE s;")
    assert rules(kept(made, (grows, shrinks), ("CREATE TABLE u2 ();", "DROP TABLE u2;"))) == [[], [], []]


def test_of_what_has_no_way_down_the_up_is_tried(kept: Kept) -> None:
    declared = kept(TABLE, ("DELETE FROM t;", ""), down=" irreversible: they are gone")
    assert (rules(declared)[1], declared[1].outcome) == ([], Outcome.PASS)
    assert declared[1].notes == ("002-step is declared irreversible: they are gone; only its up is tried",)
    undeclared = kept(TABLE, ("ALTER TABLE t ADD b int NOT NULL;", ""))
    assert rules(undeclared)[1] == [("up-fails-on-rows", "")]
    assert undeclared[1].notes == ("002-step has no down: only its up is tried",)


def test_a_table_that_a_step_emptied_is_filled_again(kept: Kept) -> None:
    seen = kept(TABLE, ("DELETE FROM t;", ""), ("ALTER TABLE t ADD b int NOT NULL;", "ALTER TABLE t DROP b;"))
    assert rules(seen)[2] == [("up-fails-on-rows", "")]


def test_a_new_column_gets_values(kept: Kept) -> None:
    dropped = ("ALTER TABLE t DROP more;", "ALTER TABLE t ADD more text;")
    assert rules(kept(TABLE, GOOD, dropped))[2] == [("column-emptied", "column public.t.more")]


def refuse(
    connection: psycopg.Connection[object], catalog: Catalog, tables: Sequence[TableName]
) -> Mapping[TableName, str]:
    fill_plainly(connection, catalog, [table for table in tables if table[1] != "u"])
    return {table: "a value for u.id" for table in tables if table[1] == "u"}


def test_a_table_without_rows_is_blind_for_what_touches_it(kept: Kept) -> None:
    both = (f"{TABLE[0]} CREATE TABLE u (id int);", f"{TABLE[1]} DROP TABLE u;")
    seen = kept(
        both, GOOD, ("ALTER TABLE u ADD b int;", "ALTER TABLE u DROP b;"), ("DELETE FROM u;", "SELECT 1;"), fill=refuse
    )
    blind = [("no-rows", "table public.u")]
    assert rules(seen) == [[], [], blind, blind]
    assert [report.outcome for report in seen] == [Outcome.PASS, Outcome.PASS, Outcome.BLIND, Outcome.BLIND]
    assert seen[2].findings[0].found == "it is empty: a value for u.id"


def test_a_table_in_which_no_row_stays_is_blind(kept: Kept) -> None:
    function = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    trigger = f"{function} CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no();"
    seen = kept((TABLE[0] + trigger, f"{TABLE[1]} DROP FUNCTION no;"), GOOD)
    assert [(f.rule, f.found) for f in seen[1].findings] == [("no-rows", "it is empty: what was put in did not stay")]


def test_what_uses_up_a_tables_columns(kept: Kept) -> None:
    many = ", ".join(f"ADD c{n} int" for n in range(700))
    none = ", ".join(f"DROP c{n}" for n in range(700))
    grow = (f"ALTER TABLE t {many};", f"ALTER TABLE t {none};")
    assert rules(kept(TABLE, grow, (grow[1], ""), GOOD)) == [[], [], [], []]


def test_a_down_that_uses_up_a_tables_columns(kept: Kept) -> None:
    grow, shrink = (
        f"ALTER TABLE t {', '.join(f'{verb} c{n}{kind}' for n in range(560))};"
        for verb, kind in (("ADD", " int"), ("DROP", ""))
    )
    made, grown, shrunk = rules(kept(TABLE, (grow, shrink), (shrink, grow)))
    assert (made, grown, len(shrunk)) == ([], [], 560)
    assert {rule for rule, _ in shrunk} == {"column-emptied"}


def test_a_role_of_which_the_other_database_has_something(walked: Kept, tmp_path: Path) -> None:
    """The up that drops it fails while that database is there: that is not for the rows to answer."""
    role = "DO $$ BEGIN CREATE ROLE kept; EXCEPTION WHEN duplicate_object THEN END $$; GRANT ALL ON t TO kept;"
    gone = "REVOKE ALL ON t FROM kept; DROP ROLE kept;"
    steps = [TABLE, (role, gone), ("ALTER TABLE t ADD m int NOT NULL;", "ALTER TABLE t DROP m;"), (gone, role)]
    for n, (up, down) in enumerate(steps, 1):
        text = "-- migrate:up superuser:true\n{}\n-- migrate:down superuser:true\n{}\n"
        (tmp_path / f"{n:03}-step.sql").write_text(text.format(up, down))
    assert rules(walked()) == [[], [], [("up-fails-on-rows", "")], []]


def test_no_database_can_be_prepared(tmp_path: Path) -> None:
    def fails() -> NoReturn:
        raise ContractError("no superuser")

    (tmp_path / "001-step.sql").write_text("-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n")
    seen = keep_rows(load(tmp_path), build=fails, compare=lambda *_: (), stock=Stock(fill_plainly, nothing))
    assert [f.found for f in seen[1].findings] == ["not run, for no database can be prepared: no superuser"]
