"""Rows from the row factory, at every step those that the schema of that step asks for."""

from __future__ import annotations

from pgassay.contract.rows import Expression, RowsOfTable
from pgassay.findings import Outcome
from pgassay.proofs.rows_kept.factory import made

from .conftest import Kept, rules

SHOP = (
    """
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%@%'),
    mood mood NOT NULL DEFAULT 'ok', name text, born date CHECK (born > '1900-01-01'));
CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer bigint NOT NULL REFERENCES customers, total numeric(8, 2));
""",
    "DROP TABLE orders, customers; DROP TYPE mood;",
)


def test_ups_that_fail_on_rows(kept: Kept) -> None:
    ups = (
        "ALTER TABLE orders ADD number int NOT NULL;",
        "ALTER TABLE customers ALTER name SET NOT NULL;",
        "CREATE UNIQUE INDEX ON orders (customer);",
        "ALTER TABLE customers ADD UNIQUE (name);",
        "ALTER TABLE customers ADD UNIQUE (email, name);",
    )
    seen = kept(SHOP, *((up, "") for up in ups), fill=made())
    assert rules(seen) == [[], *[[("up-fails-on-rows", "")]] * 4, []]


def test_ways_that_keep_rows(kept: Kept) -> None:
    seen = kept(
        SHOP,
        ("ALTER TABLE orders ADD number serial;", "ALTER TABLE orders DROP number;"),
        ("ALTER TABLE customers RENAME TO people;", "ALTER TABLE people RENAME TO customers;"),
        ("CREATE TABLE empty (id int);", "DROP TABLE empty;"),
        fill=made(),
    )
    assert [report.outcome for report in seen] == [Outcome.PASS] * 4


def test_rows_are_lost_with_what_refers_to_them(kept: Kept) -> None:
    seen = kept(SHOP, ("TRUNCATE customers CASCADE;", "SELECT 1;"), fill=made())
    assert rules(seen)[1] == [("rows-lost", "table public.customers"), ("rows-lost", "table public.orders")]


def test_a_table_without_columns_has_rows_too(kept: Kept) -> None:
    (finding,) = kept(("CREATE TABLE t ();", "DROP TABLE t;"), ("DELETE FROM t;", "SELECT 1;"), fill=made())[1].findings
    assert finding.found == "3 of 3 rows are gone"


ODD = ("CREATE TABLE odd (a text NOT NULL CHECK (md5(a) = '900150983cd24fb0d6963f7d28e17f72'));", "DROP TABLE odd;")
TOUCHED = ("ALTER TABLE odd ADD b int NOT NULL;", "ALTER TABLE odd DROP b;")


def test_what_the_factory_cannot_fill_names_what_it_needs(kept: Kept) -> None:
    (finding,) = kept(ODD, TOUCHED, fill=made())[1].findings
    assert (finding.rule, finding.outcome) == ("no-rows", Outcome.BLIND)
    assert "odd_a_check" in finding.found
    assert "\n" not in finding.found
    assert '[rows."public.odd"]' in finding.mend


def test_settings_hold_from_the_step_on_that_makes_what_they_speak_of(kept: Kept) -> None:
    settings = [
        RowsOfTable("public.odd", {"a": Expression("'abc'"), "later": Expression("n")}),
        RowsOfTable("never", {"a": Expression("n")}),
    ]
    seen = kept(ODD, TOUCHED, fill=made(settings))
    assert rules(seen) == [[], [("up-fails-on-rows", "")]]


def test_types_that_are_narrowed(kept: Kept) -> None:
    made_of = "total numeric(8, 2), size bigint, code varchar(20), at timestamptz"
    narrowed = {"total": "numeric(8, 2)", "at": "timestamptz"}
    ups = ("total TYPE numeric(8, 0)", "at TYPE date", "size TYPE int", "code TYPE varchar(10)")
    steps = [
        (f"ALTER TABLE t ALTER {up};", f"ALTER TABLE t ALTER {name} TYPE {narrowed[name]};" if name in narrowed else "")
        for up in ups
        for name in [up.partition(" ")[0]]
    ]
    seen = kept((f"CREATE TABLE t (id int PRIMARY KEY, {made_of});", "DROP TABLE t;"), *steps, fill=made())
    changed = [[("values-changed", f"column public.t.{name}")] for name in ("total", "at")]
    assert rules(seen) == [[], *changed, *[[("up-fails-on-rows", "")]] * 2]
