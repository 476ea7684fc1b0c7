from __future__ import annotations

import sys

import pytest

from pgassay.behaviors.rows import RowsError, chooser
from tests.behaviors.rows.conftest import Make

pytestmark = pytest.mark.thorough

SOLVED = [
    "x int CHECK (x > 10)",
    "x int CHECK (x BETWEEN 5 AND 7)",
    "x int CHECK (x = -3)",
    "x smallint UNIQUE CHECK (x >= 1000 AND x < 3000)",
    "x numeric(3,2) CHECK (x > 0 AND x < 1)",
    "x numeric CHECK (x = ANY (ARRAY[0.5, 2.25]))",
    "x text CHECK (x IN ('a', 'it''s', 'c%d'))",
    "x varchar(10) CHECK (x::text = ANY (ARRAY['longer than ten', 'short']))",
    "x text CHECK (x <> '' AND length(x) <= 3)",
    "x text UNIQUE CHECK (length(x) = 12)",
    "x text CHECK (char_length(x) BETWEEN 40 AND 50)",
    "x text UNIQUE CHECK (x ~ '^[a-z][a-z0-9_]{2,30}$')",
    "x text UNIQUE CHECK (x ~* '^[[:alnum:]._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$')",
    "x text CHECK (x ~ '^#[0-9a-f]{6}$' AND lower(x) = x)",
    "x text CHECK (x ~ '^(GET|POST) /[^ ]*$')",
    "x text CHECK (x !~ '\\s' AND x = upper(x))",
    "x text UNIQUE CHECK (x LIKE 'sk\\_%' AND length(x) > 8)",
    "x text CHECK (x NOT LIKE '%-%')",
    "x text CHECK (x ~ '^\\d{3}-\\d{2}$' OR x = 'none')",
    "x text CHECK (btrim(x) = x AND x <> '') CHECK (x = lower(x))",
    "x date CHECK (x >= '2020-01-01' AND x < '2020-02-01')",
    "x timestamptz CHECK (x > '2030-01-01')",
    "x date CHECK (extract(isodow FROM x) = 1)",
    "x bytea CHECK (octet_length(x) = 32)",
    "x jsonb CHECK (jsonb_typeof(x) = 'array')",
    "x jsonb CHECK (x ? 'name' AND jsonb_typeof(x -> 'name') = 'string')",
    "x json CHECK (json_array_length(x) = 2)",
    "x text[] CHECK (cardinality(x) BETWEEN 2 AND 4)",
    "x text[] CHECK (x <@ ARRAY['a', 'b'] AND array_length(x, 1) = 1)",
    "x int[] CHECK (array_position(x, NULL) IS NULL AND 0 < ALL (x))",
    "x int CHECK (x % 7 = 3)",
    "x bool CHECK (x)",
    "x inet CHECK (family(x) = 6)",
    "x int4range CHECK (NOT isempty(x) AND lower(x) >= 5)",
    "x uuid CHECK (x <> '00000000-0000-0000-0000-000000000000')",
    "x int DEFAULT -1 CHECK (x > 0)",
    "x int CHECK (x > 0 OR x IS NULL)",
    "x text CHECK (x::jsonb IS NOT NULL)",
    "x text UNIQUE CHECK (starts_with(x, 'usr_') AND length(x) = 30)",
    "x int CHECK (x % 100 = 0 AND x > 1000)",
    "x date CHECK (x > CURRENT_DATE + 30 AND x < CURRENT_DATE + 40)",
    "x timestamptz CHECK (x < now() + interval '1 hour' AND x > now() - interval '1 hour')",
    "x time CHECK (x > '22:30' AND x < '22:40')",
    "x uuid CHECK (substring(x::text, 15, 1) = '7')",
    "x inet UNIQUE CHECK (x << '192.168.0.0/16')",
    "x cidr CHECK (x << '192.168.0.0/16')",
    "x bit(3) CHECK (x <> B'000')",
    "x varbit CHECK (length(x) = 2)",
    "x jsonb CHECK (jsonb_path_exists(x, '$.a.b'))",
    "x jsonb CHECK (x @? '$.items[*]')",
    "x text[] CHECK (x @> ARRAY['a', 'b'])",
    "x int4range CHECK (lower_inf(x))",
    "x tstzrange CHECK (lower(x) IS NOT NULL AND upper(x) IS NULL)",
    "x tsvector CHECK (length(x) > 1)",
    "x varchar(5) CHECK (x LIKE 'ab%')",
]


NARROW = [
    "x timestamptz CHECK (x > '2024-01-10 12:00:00' AND x < '2024-01-10 12:00:09')",
    "x date CHECK (x > '2024-01-10' AND x < '2024-01-12')",
    "x timestamp UNIQUE CHECK (x > '2024-01-10' AND x < '2024-01-10 03:00')",
    "x date CHECK (x >= '9999-12-31')",
    "x date CHECK (x <= '0001-01-01')",
]


@pytest.mark.parametrize("column", NARROW)
def test_a_narrow_time_needs_no_luck(make: Make, monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    """What hypothesis comes up with is another thing in each process: it looks for constants in what is imported."""
    monkeypatch.setattr(chooser, "wider", lambda *_: ())
    assert make(f"CREATE TABLE t ({column})").insert_many("t", 50) == 50


@pytest.mark.parametrize("column", SOLVED)
def test_common_shapes_are_solved(make: Make, column: str) -> None:
    name, _, rest = column.partition(" CHECK")
    rows = make(f"CREATE TABLE t ({name} NOT NULL CHECK{rest}, other text)")
    assert rows.insert("t")["x"] is not None
    assert rows.insert_many("t", 3 if "ANY" in column else 20) > 0


TOGETHER = [
    "a int NOT NULL, b int NOT NULL, CHECK (a < b)",
    "a date NOT NULL, b date NOT NULL, CHECK (b > a)",
    "a timestamptz NOT NULL DEFAULT now(), b timestamptz NOT NULL, CHECK (b > a)",
    "a int, b int, CHECK (num_nonnulls(a, b) = 1)",
    "a int, b int, CHECK ((a IS NULL) <> (b IS NULL))",
    "kind text NOT NULL CHECK (kind IN ('a', 'b')), a int, b int, CHECK ((kind = 'a') = (a IS NOT NULL AND b IS NULL))",
    "a int NOT NULL, b int NOT NULL, c int NOT NULL, CHECK (a + b = c), CHECK (a > 3)",
    "a text NOT NULL, b text NOT NULL, CHECK (a <> b), CHECK (lower(a) = lower(b))",
    "status text NOT NULL DEFAULT 'open', closed timestamptz, CHECK ((status = 'closed') = (closed IS NOT NULL))",
    '"A b" int NOT NULL, "c""d" int NOT NULL, "select" int NOT NULL, CHECK ("A b" < "c""d" AND "select" = "c""d")',
    "number int NOT NULL, given int NOT NULL, c0 int NOT NULL, CHECK (number > given AND given > c0)",
    "a int NOT NULL, b int NOT NULL GENERATED ALWAYS AS (a * 2) STORED, CHECK (b > 50)",
    "a timestamptz NOT NULL, b timestamptz NOT NULL, CHECK (b - a BETWEEN '5 minutes' AND '10 minutes')",
    # So many columns hang together that not all combinations can be tried: those of the CHECK come first.
    ", ".join(f"c{n} int DEFAULT {n}, CHECK (c{n} IS NOT NULL OR z)" for n in range(12))
    + ", y int, z bool NOT NULL DEFAULT false, CHECK (z = (y IS NOT NULL))",
]


@pytest.mark.parametrize("columns", TOGETHER)
def test_checks_on_several_columns(make: Make, columns: str) -> None:
    rows = make(f"CREATE TABLE t ({columns})")
    assert rows.insert("t")
    assert rows.insert_many("t", 20) == 20


FUNCTIONS = """
CREATE FUNCTION is_code(t text) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN IF t !~ '^ISO-[0-9]{4}$' THEN RAISE 'no'; /* it's */ END IF; RETURN true; -- that's all
END $$;
CREATE TABLE t (x text NOT NULL CHECK (is_code(x)))
"""


def test_what_a_function_says_suggests_values(make: Make) -> None:
    rows = make(FUNCTIONS)
    assert rows.insert("t")["x"].startswith("ISO-")
    assert rows.insert_many("t", 20) == 20


def test_a_field_of_a_composite(make: Make) -> None:
    rows = make("""
        CREATE TYPE pair AS (a int, b text); CREATE DOMAIN fine AS pair CHECK ((VALUE).b = 'fine');
        CREATE TABLE t (x pair NOT NULL CHECK ((x).a > 500), y fine NOT NULL)
    """)
    assert rows.insert("t")["x"] == "(501,b-1)"
    assert rows.insert_many("t", 20) == 20


HARD = "CREATE TABLE t (x text NOT NULL CONSTRAINT riddle CHECK (md5(x) = 'b'), y int)"


def test_what_cannot_be_solved_is_shown_with_both_ways_out(make: Make) -> None:
    with pytest.raises(RowsError) as raised:
        make(HARD).insert("t")
    assert str(raised.value) == (
        "a row of public.t could not be made: no values were found for constraint riddle CHECK ((md5(x) = 'b'::text))\n"
        "hint: give a value: insert(..., x=...), or a SQL expression in behavior.toml: "
        '[rows."public.t"] x = "... n ..."'
    )


def test_what_the_caller_gives_is_left_to_the_server(make: Make) -> None:
    with pytest.raises(RowsError, match='violates check constraint "riddle"') as raised:
        make(HARD).insert("t", x="a")
    assert (raised.value.sqlstate, raised.value.constraint) == ("23514", "riddle")


def test_what_the_caller_gives_decides_the_rest(make: Make) -> None:
    rows = make("CREATE TABLE t (a int NOT NULL, b int NOT NULL, CHECK (a < b))")
    assert rows.insert("t", a=5000)["b"] > 5000


def test_without_hypothesis_the_search_is_narrower(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make("CREATE TABLE t (x int NOT NULL CHECK (x * x = x + 9900))")
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(RowsError, match=r"no values were found for constraint t_x_check"):
        rows.insert("t")
    monkeypatch.undo()
    assert rows.insert("t")["x"] in {100, -99}


def test_a_check_that_fails_on_some_values_is_no_obstacle(make: Make) -> None:
    rows = make("CREATE TABLE t (x text NOT NULL CHECK (x::int > 100 AND 10 / (x::int - 101) >= 0))")
    assert int(rows.insert("t")["x"]) > 101


def test_a_constraint_that_is_not_valid_holds_for_new_rows(make: Make) -> None:
    rows = make("CREATE TABLE t (x int NOT NULL); INSERT INTO t VALUES (1); ALTER TABLE t ADD CHECK (x > 9) NOT VALID")
    assert rows.insert("t")["x"] > 9
