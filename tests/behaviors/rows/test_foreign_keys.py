from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pgassay.behaviors.rows import RowsError
from tests.behaviors.rows.conftest import Make

TENANTS = """
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE users (tenant int NOT NULL REFERENCES tenants, id int, PRIMARY KEY (tenant, id));
CREATE TABLE groups (tenant int NOT NULL REFERENCES tenants, name text, PRIMARY KEY (tenant, name));
CREATE TABLE members (tenant int NOT NULL REFERENCES tenants, "user" int NOT NULL, "group" text NOT NULL,
    FOREIGN KEY (tenant, "user") REFERENCES users, FOREIGN KEY (tenant, "group") REFERENCES groups)
"""


def test_keys_that_share_a_column_agree(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make(TENANTS)
    assert rows.insert("members")["tenant"] == 1
    rows.insert_many("members", 10)
    assert rows.insert("members", tenant=1)["tenant"] == 1
    assert rows.fill(3).skipped == {}


def test_what_the_caller_gives_is_looked_up(make: Make) -> None:
    rows = make("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int NOT NULL REFERENCES a)")
    rows.insert("a", id=42)
    assert rows.insert("b", a=42) == {"a": 42}
    with pytest.raises(RowsError, match='violates foreign key constraint "b_a_fkey"') as raised:
        rows.insert("b", a=43)
    assert raised.value.sqlstate == "23503"


def test_match_full_is_all_or_nothing(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (x int, y int, PRIMARY KEY (x, y));
        CREATE TABLE b (x int, y int, FOREIGN KEY (x, y) REFERENCES a MATCH FULL);
        CREATE TABLE c (x int NOT NULL, y int, FOREIGN KEY (x, y) REFERENCES a MATCH FULL)
    """)
    assert rows.insert("b") == {"x": None, "y": None}
    assert rows.insert("c") == {"x": 1, "y": 1}


def test_a_key_in_part_null_needs_no_parent(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (x int, y int, PRIMARY KEY (x, y));
        CREATE TABLE b (x int NOT NULL, y int, FOREIGN KEY (x, y) REFERENCES a)
    """)
    assert rows.insert("b", y=None) == {"x": 1, "y": None}


CIRCLES = {
    "to itself, may be NULL": ("CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a)", {"id": 1, "up": None}),
    "to itself": ("CREATE TABLE a (id int PRIMARY KEY, up int NOT NULL REFERENCES a)", {"id": 1, "up": 1}),
    "to itself, by identity": (
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, up int NOT NULL REFERENCES a)",
        {"id": 1, "up": 1},
    ),
    "to itself, by serial": (
        "CREATE TABLE a (id serial PRIMARY KEY, up int NOT NULL REFERENCES a)",
        {"id": 1, "up": 1},
    ),
    "may be NULL on one side": (
        """
        CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b
        """,
        {"id": 1, "b": 1},
    ),
    "may be NULL on a way round": (
        """
        CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        CREATE TABLE b (id int PRIMARY KEY, c int REFERENCES c); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b
        """,
        {"id": 1, "b": 1},
    ),
    "deferrable on one side": (
        """
        CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a DEFERRABLE);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b
        """,
        {"id": 1, "b": 1},
    ),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_circles(make: Make, circle: str) -> None:
    schema, row = CIRCLES[circle]
    rows = make(schema)
    assert rows.insert("a") == row
    assert rows.insert_many("a", 5) == 5
    assert rows.fill(2).skipped == {}


def test_a_circle_that_nobody_can_enter(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT round FOREIGN KEY (b) REFERENCES b
    """)
    with pytest.raises(RowsError) as raised:
        rows.insert("a")
    assert raised.value.message == (
        "a row of public.a needs one of public.b: a row of public.b could not be made: foreign key b_a_fkey and "
        "others lead in a circle back to public.a, none of them may be NULL or is DEFERRABLE: neither table can have "
        "a first row"
    )


def test_a_parents_reason_is_told(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (id int PRIMARY KEY, x text NOT NULL CONSTRAINT riddle CHECK (md5(x) = 'b'));
        CREATE TABLE b (a int NOT NULL REFERENCES a)
    """)
    with pytest.raises(RowsError, match=r"^a row of public\.b needs one of public\.a: .* constraint riddle CHECK"):
        rows.insert("b")


def test_a_key_that_a_check_limits_gets_its_parent(make: Make) -> None:
    rows = make("""
        CREATE TABLE kinds (name text PRIMARY KEY);
        CREATE TABLE t (kind text NOT NULL REFERENCES kinds CHECK (kind IN ('a', 'b')))
    """)
    assert rows.insert("t") == {"kind": "a"}
    assert rows.insert_many("t", 3) == 3


PAIRS = ["CHECK (x <> y)", "CHECK (x < y)", "CHECK (x > y)", "CHECK (x < y), PRIMARY KEY (x, y)"]


@pytest.mark.parametrize("pair", PAIRS)
def test_two_keys_to_one_table_that_must_differ(make: Make, pair: str) -> None:
    rows = make(f"""
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE t (x int NOT NULL REFERENCES p, y int NOT NULL REFERENCES p, {pair})
    """)
    assert rows.insert("t") != rows.insert("t")
    assert rows.insert_many("t", 5) == 5
    assert rows.fill(3).rows["public.t"] == 3


def test_a_key_to_itself_that_shares_a_column(make: Make) -> None:
    rows = make("""
        CREATE TABLE orgs (id int PRIMARY KEY);
        CREATE TABLE t (org int REFERENCES orgs, id int, up int NOT NULL, PRIMARY KEY (org, id),
                        FOREIGN KEY (org, up) REFERENCES t)
    """)
    assert rows.insert("t") == {"org": 1, "id": 1, "up": 1}
    assert rows.insert_many("t", 5) == 5


def test_a_generated_column_in_a_key(make: Make) -> None:
    rows = make("""
        CREATE TABLE things (id int PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('car', 'bike')), UNIQUE (id, kind));
        CREATE TABLE bikes (id int PRIMARY KEY, "ki%nd" text GENERATED ALWAYS AS ('bi' || 'ke') STORED,
                            FOREIGN KEY (id, "ki%nd") REFERENCES things (id, kind))
    """)
    assert rows.insert("bikes") == {"id": 1, "ki%nd": "bike"}
    assert rows.insert_many("bikes", 5) == 5
    assert rows.fill(2).skipped == {}


def test_odd_names(make: Make) -> None:
    rows = make("""
        CREATE SCHEMA "S.1";
        CREATE TABLE "S.1"."T ""x"" 😀" ("I d" int PRIMARY KEY, "%s" text NOT NULL, "{}" text NOT NULL);
        CREATE TABLE "S.1"."c" ("a%b" int NOT NULL REFERENCES "S.1"."T ""x"" 😀" CHECK ("a%b" % 2 < 3), "é" int)
    """)
    assert rows.insert('"S.1"."T ""x"" 😀"', **{"%s": "x%y"}) == {"I d": 1, "%s": "x%y", "{}": "text-1"}
    assert rows.insert("c", é=3) == {"a%b": 2, "é": 3}
    assert rows.insert_many("c", 2, é=4) == 2
