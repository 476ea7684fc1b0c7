"""Tables of every sort: without a key, with odd names, behind row security, partitioned, inherited from."""

from __future__ import annotations

from .conftest import Kept, rules

TABLE = ("CREATE TABLE t (id int PRIMARY KEY, name text, n int);", "DROP TABLE t;")


def test_a_table_without_a_key(kept: Kept) -> None:
    made = ("CREATE TABLE t (a int, b text);", "DROP TABLE t;")
    (finding,) = kept(made, ("DELETE FROM t WHERE a = 3;", "SELECT 1;"))[1].findings
    assert finding.found == "2 of 3 rows are gone"
    seen = kept(made, ("ALTER TABLE t DROP b;", "ALTER TABLE t ADD b text;"))
    assert rules(seen)[1] == [("column-emptied", "column public.t.b")]


def test_what_is_generated_only_follows(kept: Kept) -> None:
    made = ("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED);", "DROP TABLE t;")
    assert rules(kept(made, ("UPDATE t SET a = a + 1;", "SELECT 1;")))[1] == [("values-changed", "column public.t.a")]


def test_a_key_that_is_generated(kept: Kept) -> None:
    made = ("CREATE TABLE t (a int NOT NULL, b int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY);", "DROP TABLE t;")
    (finding,) = kept(made, ("DELETE FROM t WHERE a = 1;", "SELECT 1;"))[1].findings
    assert finding.found == "1 of 3 rows are gone: b = 2"


def test_names_that_need_quotes(kept: Kept) -> None:
    made = (
        'CREATE SCHEMA "S. x"; CREATE TABLE "S. x"."T""1" ("K %s" int PRIMARY KEY, "é🐘" text);',
        'DROP SCHEMA "S. x" CASCADE;',
    )
    seen = kept(made, ('DELETE FROM "S. x"."T""1"; INSERT INTO "S. x"."T""1" VALUES (9);', "SELECT 1;"))
    assert [f.found for f in seen[1].findings] == [
        '3 of 3 rows are gone: "K %s" = 1; "K %s" = 2; "K %s" = 3',
        '1 more: "K %s" = 9',
    ]
    assert rules(seen)[1][0] == ("rows-lost", 'table "S. x"."T""1"')


def test_row_security_hides_nothing(kept: Kept) -> None:
    made = (f"{TABLE[0]} ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;", TABLE[1])
    trusting = (
        "ALTER TABLE t NO FORCE ROW LEVEL SECURITY; DELETE FROM t; ALTER TABLE t FORCE ROW LEVEL SECURITY;",
        "SELECT 1;",
    )
    assert rules(kept(made, trusting))[1] == [("rows-lost", "table public.t")]


def test_rows_of_partitions_are_their_tables(kept: Kept) -> None:
    part = "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (9);"
    made = (f"CREATE TABLE t (id int, a text) PARTITION BY RANGE (id); {part}", "DROP TABLE t;")
    attach = "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES FROM (1) TO (9);"
    assert rules(kept(made, ("ALTER TABLE t ADD UNIQUE (id);", ""))) == [[], [("up-fails-on-rows", "")]]
    assert rules(kept(made, ("DROP TABLE t1;", part))) == [[], [("rows-lost", "table public.t")]]
    assert rules(kept(made, ("ALTER TABLE t DETACH PARTITION t1;", attach))) == [[], []]


def test_rows_of_what_inherits_are_its_own(kept: Kept) -> None:
    made = (f"{TABLE[0]} CREATE TABLE child () INHERITS (t);", f"DROP TABLE child; {TABLE[1]}")
    assert rules(kept(made, ("DELETE FROM ONLY t;", "")))[1] == []
    assert rules(kept(made, ("DELETE FROM child;", "SELECT 1;")))[1] == [("rows-lost", "table public.child")]


# Without a handler, a wrapper can read nothing.
FOREIGN = """
CREATE FOREIGN DATA WRAPPER "w %s"; CREATE SERVER s FOREIGN DATA WRAPPER "w %s";
CREATE TABLE p (id int, a text) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);
CREATE FOREIGN TABLE "f %s" (id int, a text) SERVER s;
"""
ATTACH = 'ALTER TABLE p ATTACH PARTITION "f %s" FOR VALUES FROM (20) TO (30);'
DETACH = 'ALTER TABLE p DETACH PARTITION "f %s";'


def test_a_partition_that_cannot_be_read_makes_its_table_blind(kept: Kept) -> None:
    """For the steps that touch it, from where it cannot be read: all others are looked at."""
    made = (f"{TABLE[0]} {FOREIGN}", f'{TABLE[1]} DROP TABLE p; DROP FOREIGN DATA WRAPPER "w %s" CASCADE;')
    seen = kept(
        made,
        ("SELECT 1;", ATTACH),
        (ATTACH, DETACH),
        ("DELETE FROM t WHERE id = 1;", "SELECT 1;"),
        ("ALTER TABLE p ADD b int;", "ALTER TABLE p DROP b;"),
        role=" superuser:true",
    )
    blind = [("not-readable", "table public.p")]
    assert rules(seen) == [[], blind, [], [("rows-lost", "table public.t")], blind]
    assert seen[4].findings[0].found == 'they cannot: foreign-data wrapper "w %s" has no handler'
