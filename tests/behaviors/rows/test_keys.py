from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pgassay.behaviors.rows import RowsError
from tests.behaviors.rows.conftest import Make

pytestmark = pytest.mark.thorough

KEYS = [
    "x text, UNIQUE (x)",
    "x text; CREATE UNIQUE INDEX ON t (lower(x))",
    "x text, y bool NOT NULL; CREATE UNIQUE INDEX ON t (x) WHERE y",
    "x int NOT NULL DEFAULT 0, y text NOT NULL DEFAULT 'a', UNIQUE (x, y)",
    "x int, y int, UNIQUE (x, y)",
    "a int NOT NULL GENERATED ALWAYS AS (x * 2) STORED UNIQUE, x int NOT NULL DEFAULT 4",
    "x int4range, EXCLUDE USING gist (x WITH &&)",
    "a timestamptz NOT NULL, b timestamptz NOT NULL, CHECK (a < b), EXCLUDE USING gist (tstzrange(a, b) WITH &&)",
    "x uuid PRIMARY KEY DEFAULT gen_random_uuid()",
    "x text UNIQUE DEFERRABLE INITIALLY DEFERRED NOT NULL DEFAULT 'same'",
    "x int UNIQUE CHECK (x BETWEEN 1 AND 40)",
    "a bool NOT NULL, b bool NOT NULL DEFAULT false, c int NOT NULL CHECK (c BETWEEN 1 AND 9), UNIQUE (a, b, c)",
    "x jsonb NOT NULL CHECK (x ? 'id'); CREATE UNIQUE INDEX ON t ((x ->> 'id'))",
    "x regclass PRIMARY KEY, y regrole UNIQUE",
]


@pytest.mark.parametrize("columns", KEYS)
def test_what_must_be_unique_is_fresh(make: Make, columns: str) -> None:
    columns, _, more = columns.partition("; ")
    rows = make(f"CREATE TABLE t ({columns}); {more}")
    rows.insert("t")
    assert rows.insert_many("t", 30) == 30
    assert rows.insert("t")


def test_nulls_not_distinct(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make("CREATE TABLE t (x int, y text, UNIQUE NULLS NOT DISTINCT (x))")
    assert rows.insert_many("t", 5) == 5


def test_one_null_among_foreign_keys(make: Make) -> None:
    rows = make("""
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE t (p int REFERENCES p, UNIQUE NULLS NOT DISTINCT (p))
    """)
    assert rows.insert("t") == {"p": 1}
    assert rows.insert_many("t", 5) == 5


def test_what_is_taken_is_stepped_over(make: Make) -> None:
    rows = make("CREATE TABLE t (x int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)")
    assert rows.insert("t")["x"] > 1000
    assert rows.insert_many("t", 10) == 10


def test_where_there_is_no_room_the_server_says_so(make: Make) -> None:
    rows = make("CREATE TABLE t (x bool PRIMARY KEY)")
    assert {rows.insert("t")["x"], rows.insert("t")["x"]} == {True, False}
    with pytest.raises(RowsError, match="duplicate key value violates unique constraint") as raised:
        rows.insert("t")
    assert (raised.value.sqlstate, raised.value.constraint) == ("23505", "t_pkey")


def test_what_the_caller_repeats_is_refused(make: Make) -> None:
    rows = make("CREATE TABLE t (x int UNIQUE, y int)")
    rows.insert("t", x=1)
    with pytest.raises(RowsError, match="t_x_key"):
        rows.insert("t", x=1)


def test_the_same_seed_gives_the_same_rows(make: Make, connection: psycopg.Connection[Any]) -> None:
    schema = "CREATE TABLE t (x text NOT NULL, y uuid NOT NULL, z int NOT NULL CHECK (z % 7 = 3))"
    first = make(schema).insert("t")
    assert make("TRUNCATE t").insert("t") == first
    other = make("TRUNCATE t", seed=7).insert("t")
    assert other != first
    assert make("TRUNCATE t", seed=7).insert("t") == other
