"""Constraints without an entry: what holds, what lets through, and what cannot be tried."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.contract.rows import Expression, RowsOfTable
from tests.behaviors.constraints.conftest import Try

pytestmark = pytest.mark.thorough

HOLDS = """
CREATE TABLE parents (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE t (
    id int GENERATED ALWAYS AS IDENTITY CONSTRAINT pk PRIMARY KEY,
    age int CONSTRAINT age CHECK (age > 0) CONSTRAINT young CHECK (age < 150),
    tier text NOT NULL CONSTRAINT tier CHECK (tier IN ('free', 'pro')),
    code text CONSTRAINT code UNIQUE DEFERRABLE INITIALLY DEFERRED,
    up int CONSTRAINT up REFERENCES t DEFERRABLE INITIALLY DEFERRED,
    a int, b text, CONSTRAINT composite FOREIGN KEY (a, b) REFERENCES parents MATCH FULL,
    CONSTRAINT wide UNIQUE (id, tier),
    twice int GENERATED ALWAYS AS (age * 2) STORED CONSTRAINT twice CHECK (twice <> 10),
    at tsrange, CONSTRAINT apart EXCLUDE USING gist (at WITH &&) WHERE (NOT isempty(at)),
    gone date
);
CREATE UNIQUE INDEX living ON t (lower(tier), age) WHERE gone IS NULL;
CREATE UNIQUE INDEX dead ON t (a, b) WHERE gone IS NOT NULL;
"""


def names(labels: Any) -> list[str]:
    return sorted(label.rpartition(".")[2] for label in labels)


def test_all_that_hold(tried: Try) -> None:
    seen = tried(HOLDS)
    assert (seen.findings, seen.untried) == ([], {})
    shown = "age apart code composite dead living parents_pkey pk tier twice up wide young"
    assert names(seen.shown) == shown.split()


PARENT = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (x int, y int CONSTRAINT c REFERENCES p);"


def test_rows_from_before_that_keep_it(tried: Try) -> None:
    seen = tried("CREATE TABLE t (x int); INSERT INTO t VALUES (1); ALTER TABLE t ADD CHECK (x > 0) NOT VALID")
    assert (names(seen.shown), seen.findings, seen.untried) == (["t_x_check"], [], {})


def test_odd_names(tried: Try) -> None:
    name = '"Odd ""%s. 🐘"'
    seen = tried(f"""
    CREATE SCHEMA {name}; CREATE TABLE {name}.p ({name} text PRIMARY KEY);
    CREATE TABLE {name}.{name} ({name} text CONSTRAINT {name} REFERENCES {name}.p CHECK ({name} LIKE '%x%'),
                                "%" text CONSTRAINT "%" UNIQUE);
    CREATE UNIQUE INDEX "%%" ON {name}.{name} (lower({name})) WHERE {name} <> '%'
    """)
    assert (len(seen.shown), seen.findings, seen.untried) == (5, [], {})


PARTITIONED = """
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10000);
CREATE TABLE t (id int REFERENCES p, day date CHECK (day > '2024-01-10'), UNIQUE (id, day)) PARTITION BY RANGE (day);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
"""


def test_partitioned_tables(tried: Try) -> None:
    seen = tried(PARTITIONED + "ALTER TABLE t1 ADD CONSTRAINT own CHECK (id <> 7)")
    assert seen.untried == {"constraint public.t1.own": "it is one partition's alone"}
    assert names(seen.shown) == ["p_pkey", "t_day_check", "t_id_day_key", "t_id_fkey"]
    assert seen.findings == []


def test_a_period_without_overlaps(tried: Try, any_major: int) -> None:
    if any_major < 18:
        pytest.skip("PostgreSQL 18 has WITHOUT OVERLAPS")
    seen = tried("""
    CREATE EXTENSION btree_gist; CREATE TABLE e (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
    CREATE TABLE f (e int, at daterange, FOREIGN KEY (e, PERIOD at) REFERENCES e (id, PERIOD at));
    CREATE TABLE n (x int CONSTRAINT k UNIQUE NULLS NOT DISTINCT CHECK (x IS NULL))
    """)
    assert (names(seen.shown), seen.findings) == (["e_pkey", "f_e_at_fkey", "k", "n_x_check"], [])


def test_rows_that_get_along_because_they_are_equal(tried: Try) -> None:
    seen = tried("""
    CREATE EXTENSION btree_gist;
    CREATE TABLE t (x int, CONSTRAINT alone EXCLUDE USING gist (x WITH <>));
    CREATE TABLE u (room int, guest text, EXCLUDE USING gist (room WITH =, guest WITH <>));
    """)
    assert (names(seen.shown), seen.findings, seen.untried) == (["alone", "u_room_guest_excl"], [], {})


def test_a_parent_that_has_no_rows_of_its_own(tried: Try) -> None:
    """A CHECK that no row passes, and that no child inherits, is meant so."""
    seen = tried("CREATE TABLE t (x int, CHECK (false) NO INHERIT); CREATE TABLE u (CHECK (x > 0)) INHERITS (t)")
    assert (names(seen.shown), seen.findings) == (["u_x_check"], [])


def test_an_index_over_the_living_beside_a_primary_key(tried: Try) -> None:
    seen = tried("CREATE TABLE t (x int PRIMARY KEY, gone date); CREATE UNIQUE INDEX c ON t (x) WHERE gone IS NULL")
    assert (names(seen.shown), seen.findings, seen.untried) == (["c", "t_pkey"], [], {})


def test_a_row_that_a_trigger_makes_keeps_no_parent(tried: Try) -> None:
    """The row of `beside` would refuse the DELETE that is tried for `t`."""
    seen = tried("""
    CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE beside (x int PRIMARY KEY REFERENCES p);
    CREATE TABLE t (x int CONSTRAINT c REFERENCES p ON DELETE CASCADE);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO beside VALUES (NEW.id); RETURN NULL; END$$;
    CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
    """)
    assert (seen.findings, seen.untried) == ([], {})
    assert "constraint public.t.c" in seen.shown


KEPT = """
CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (x int CONSTRAINT c REFERENCES p);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {} END$$;
CREATE TRIGGER tr BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION f()
"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("RETURN NULL;", "a trigger or a rule keeps the row that it refers to"),
        ("RAISE 'no';", "no [P0001]"),
    ],
)
def test_what_it_refers_to_cannot_be_deleted(tried: Try, body: str, reason: str) -> None:
    seen = tried(KEPT.format(body))
    assert (names(seen.shown), seen.findings) == (["c", "p_pkey"], [])
    assert seen.untried == {"constraint public.t.c when what it refers to is deleted": reason}


UNTRIED = {
    "no value breaks it": ("CREATE TABLE t (x int CHECK (x = x))", "a row of public.t could not be made: no values"),
    "no row is valid": ("CREATE TABLE t (x int NOT NULL CHECK (x > x))", "a row of public.t could not be made: no val"),
    "a trigger makes it valid": (
        "CREATE TABLE t (x int CHECK (x > 0)); CREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "what is stored does not break it: a trigger",
    ),
    "a trigger takes the old row away": (
        "CREATE TABLE t (x int UNIQUE); CREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "what is stored does not break it: a trigger",
    ),
    "a trigger makes the parent": (
        PARENT.replace("PRIMARY KEY", "UNIQUE").replace("int UNIQUE", "int PRIMARY KEY")
        + "CREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "what is stored does not break it: a trigger",
    ),
    "a trigger refuses it first": (
        "CREATE TABLE t (x int CHECK (x > 0)); CREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "the server refuses the row otherwise: no [P0001]",
    ),
}
BODIES = {
    "a trigger makes it valid": "NEW.x := greatest(NEW.x, 1);",
    "a trigger takes the old row away": "DELETE FROM t WHERE x = NEW.x;",
    "a trigger makes the parent": "INSERT INTO p VALUES (NEW.y) ON CONFLICT DO NOTHING;",
    "a trigger refuses it first": "IF NOT NEW.x > 0 THEN RAISE 'no'; END IF;",
}


@pytest.mark.parametrize("how", UNTRIED)
def test_what_cannot_be_tried_is_named_and_no_finding(tried: Try, how: str) -> None:
    schema, reason = UNTRIED[how]
    function = (
        f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {BODIES.get(how, '')} RETURN NEW; END$$"
    )
    seen = tried(f"{function}; {schema.replace('ON t EXECUTE', 'ON t FOR EACH ROW EXECUTE')}")
    label, said = next((label, said) for label, said in seen.untried.items() if label != "constraint public.p.p_pkey")
    assert said.startswith(reason), label
    assert seen.findings == []


def test_rows_that_triggers_make_and_values_that_they_parse(tried: Try) -> None:
    seen = tried("""
    CREATE TABLE p (id int PRIMARY KEY, version text NOT NULL UNIQUE, CHECK (id < 5000));
    CREATE TABLE one (id int PRIMARY KEY REFERENCES p, x int NOT NULL CHECK (x = 0) UNIQUE);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM split_part(NEW.version, '.', 2)::int;
        INSERT INTO one VALUES (NEW.id, 0) ON CONFLICT DO NOTHING;
        RETURN NEW;
    END$$;
    CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
    """)
    shown = ["one_id_fkey", "one_pkey", "one_x_check", "one_x_key", "p_id_check", "p_pkey", "p_version_key"]
    assert (names(seen.shown), seen.findings, seen.untried) == (shown, [], {})


def test_what_is_named_is_left_out_and_settings_help(tried: Try) -> None:
    schema = "CREATE TABLE t (x int CHECK (x % 7919 = 5), y int UNIQUE); CREATE UNIQUE INDEX named ON t (x)"
    settings = [RowsOfTable("t", {"x": Expression("5 + 7919 * n")})]
    seen = tried(schema, named={"index public.named"}, settings=settings)
    assert (names(seen.shown), seen.untried) == (["t_x_check", "t_y_key"], {})


def test_nothing_is_left_behind(tried: Try, any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        assert tried(PARTITIONED).shown
        left = "SELECT (SELECT count(*) FROM p) + (SELECT count(*) FROM t)"
        assert connection.execute(left.encode()).fetchall() == [(0,)]
