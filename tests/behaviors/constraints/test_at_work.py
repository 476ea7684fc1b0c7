"""Constraints without an entry: what holds, what lets through, and what cannot be tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.constraints import try_constraints
from pgassay.behaviors.constraints.at_work import AtWork
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.contract.rows import Expression, RowsOfTable
from pgassay.findings import Finding

pytestmark = pytest.mark.thorough

Try = Callable[..., AtWork]

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
CREATE UNIQUE INDEX dead ON t (code) WHERE gone IS NOT NULL;
"""


@pytest.fixture
def tried(any_database: Conninfo) -> Try:
    """Make a schema, and show its constraints at work."""

    def run(schema: str, **options: Any) -> AtWork:
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            connection.execute(schema.encode())
            return try_constraints(connection, read_catalog(connection), **options)

    return run


@pytest.fixture
def any_major(any_database: Conninfo) -> int:
    with psycopg.connect(any_database.dsn) as connection:
        return connection.info.server_version // 10_000


def names(labels: Any) -> list[str]:
    return sorted(label.rpartition(".")[2] for label in labels)


def test_all_that_hold(tried: Try) -> None:
    seen = tried(HOLDS)
    assert (seen.findings, seen.untried) == ([], {})
    shown = "age apart code composite dead living parents_pkey pk tier twice up wide young"
    assert names(seen.shown) == shown.split()


OFF = ";ALTER TABLE t DISABLE TRIGGER ALL"
PARTS = "CREATE TABLE t (x int, y int) PARTITION BY LIST (y); CREATE TABLE t1 PARTITION OF t DEFAULT;"
LEFT = "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'c'::regclass"
PARENT = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (x int, y int CONSTRAINT c REFERENCES p);"
BROKEN = {
    "a foreign key whose table is switched off": (
        PARENT + OFF,
        "FOREIGN KEY (y) REFERENCES public.p(id)",
        "y",
        "ALTER TABLE public.t ENABLE TRIGGER ALL;",
    ),
    "a deferred key whose table is switched off": (
        "CREATE TABLE t (x int, y int, CONSTRAINT c UNIQUE (x, y) DEFERRABLE INITIALLY DEFERRED)" + OFF,
        "UNIQUE (x, y) DEFERRABLE INITIALLY DEFERRED",
        "x, y",
        "ALTER TABLE public.t ENABLE TRIGGER ALL;",
    ),
    "a unique index that was never finished": (
        PARTS + "CREATE UNIQUE INDEX c ON ONLY t (x, y)",
        "(x, y)",
        "x, y",
        "look at index public.c: (x, y)",
    ),
    "an index that a build has left behind": (
        "CREATE TABLE t (x int, y int); CREATE UNIQUE INDEX c ON t (x) NULLS NOT DISTINCT;" + LEFT,
        "(x)",
        "x",
        "look at index public.c: (x)",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_lets_an_invalid_row_pass(tried: Try, how: str, any_major: int) -> None:
    schema, definition, columns, mend = BROKEN[how]
    (finding,) = tried(schema if any_major >= 15 else schema.replace(" NULLS NOT DISTINCT", "")).findings
    assert (finding.rule, finding.expected, finding.mend) == (
        "invalid-row-accepted",
        f"a row that breaks it is refused: {definition}",
        mend,
    )
    written = [part.partition(" = ")[0] for part in finding.found.removeprefix("a row with ").split(", ")]
    assert written == columns.split(", ")


def test_what_is_not_enforced(tried: Try, any_major: int) -> None:
    if any_major < 18:
        pytest.skip("PostgreSQL 18 has NOT ENFORCED")
    seen = tried(PARENT.replace("REFERENCES p", "REFERENCES p NOT ENFORCED CONSTRAINT k CHECK (y > 0) NOT ENFORCED"))
    assert seen.untried == {}
    check, key = sorted(seen.findings, key=lambda finding: -len(finding.mend))
    assert check == Finding(
        rule="invalid-row-accepted",
        object="constraint public.t.k",
        expected="a row that breaks it is refused: CHECK ((y > 0)) NOT ENFORCED",
        found="a row with y = '0' is stored",
        mend="ALTER TABLE public.t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK ((y > 0));",
    )
    assert key.mend == "ALTER TABLE public.t ALTER CONSTRAINT c ENFORCED;"


def test_rows_from_before_are_none_of_its_business(tried: Try) -> None:
    seen = tried("CREATE TABLE t (x int); INSERT INTO t VALUES (-1); ALTER TABLE t ADD CHECK (x > 0) NOT VALID")
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


UNTRIED = {
    "no value breaks it": ("CREATE TABLE t (x int CHECK (x = x))", "a row of public.t could not be made: no values"),
    "no row is valid": ("CREATE TABLE t (x int NOT NULL CHECK (x > x))", "a row of public.t could not be made: no val"),
    "equal rows are welcome": (
        "CREATE EXTENSION btree_gist; CREATE TABLE t (x int, EXCLUDE USING gist (x WITH <>))",
        "a row of public.t could not be made: no values were found for the condition under which index t_x_excl",
    ),
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
