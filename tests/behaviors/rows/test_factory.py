from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pgassay.behaviors.rows import Filled, RowsError
from pgassay.contract.rows import Expression, RowsOfTable
from pgassay.errors import ContractError
from tests.behaviors.rows.conftest import Make


def test_a_row_with_what_the_caller_gives(make: Make) -> None:
    rows = make("CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY, email text NOT NULL, name text NOT NULL)")
    assert rows.insert("users", email="a@b.c") == {"id": 1, "email": "a@b.c", "name": "name-1"}


def test_parents_are_made_on_the_way(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY, a int NOT NULL REFERENCES a);
        CREATE TABLE c (b int NOT NULL REFERENCES b, other int REFERENCES b)
    """)
    assert rows.insert("c") == {"b": 1, "other": None}
    assert rows.insert("c") == {"b": 2, "other": None}


def test_many_rows_share_their_parents(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make("""
        CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int NOT NULL REFERENCES a, x text UNIQUE);
        CREATE TABLE one (a int PRIMARY KEY REFERENCES a)
    """)
    assert (rows.insert_many("b", 1000), rows.insert_many("one", 3), rows.insert_many("b", 0)) == (1000, 3, 0)
    found = connection.execute("SELECT count(DISTINCT a), count(DISTINCT x) FROM b").fetchone()
    assert found == (1, 1000)


def test_documents_and_lists_are_taken_as_python_has_them(make: Make) -> None:
    rows = make("CREATE TABLE t (a jsonb CHECK (a ? 'x'), b json, c int[] CHECK (cardinality(c) = 2), d bytea, e date)")
    row = rows.insert("t", a={"x": 1}, b=[1], c=[1, 2], d=b"\0x")
    assert (row["a"], row["b"], row["c"], row["d"]) == ({"x": 1}, [1], [1, 2], b"\0x")
    assert rows.insert_many("t", 2, a={"x": 1}, b=[1], c=[1, 2], d=b"\0x") == 2


def test_moments_that_python_does_not_know(make: Make) -> None:
    rows = make(
        "CREATE TABLE t (a date DEFAULT 'infinity', b timestamptz DEFAULT '-infinity', c date DEFAULT '2001-01-01')"
    )
    row = rows.insert("t")
    assert (row["a"], row["b"], str(row["c"])) == ("infinity", "-infinity", "2001-01-01")


def test_inside_a_transaction_nothing_is_committed(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make("CREATE TABLE t (x int PRIMARY KEY CHECK (x < 3), y int NOT NULL CHECK (y > 5))")
    with connection.transaction(force_rollback=True):
        rows.insert("t")
        rows.insert_many("t", 1)
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_what_fails_leaves_nothing(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int NOT NULL REFERENCES a, x int CHECK (x > 9))"
    )
    with pytest.raises(RowsError, match="b_x_check"):
        rows.insert("b", x=1)
    with pytest.raises(RowsError, match="b_x_check"):
        rows.insert_many("b", 2, x=1)
    assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)


TRIGGER = """
CREATE TABLE t (x text NOT NULL, y int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ {} $$;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()
"""


def test_a_trigger_that_lets_other_values_pass(make: Make) -> None:
    body = "BEGIN IF NEW.x !~ '^[0-9]+$' THEN RAISE 'no number'; END IF; RETURN NEW; END"
    assert make(TRIGGER.format(body)).insert("t")["x"].isdigit()


def test_a_triggers_own_words_are_tried(make: Make) -> None:
    rows = make(
        TRIGGER.format("BEGIN IF NEW.x NOT IN ('red', 'green') THEN RAISE 'bad colour'; END IF; RETURN NEW; END")
    )
    assert rows.insert_many("t", 5) == 5
    assert rows.insert("t")["x"] in {"red", "green"}


def test_many_rows_that_a_trigger_lets_pass(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make("""
        CREATE TABLE t (a int NOT NULL, b int NOT NULL);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.a <= NEW.b THEN RAISE check_violation; END IF; RETURN NEW; END $$;
        CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()
    """)
    assert rows.insert_many("t", 5) == 5
    # The one that was tried out before the COPY is not there.
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (5,)


def test_a_trigger_that_lets_nothing_pass(make: Make) -> None:
    rows = make(TRIGGER.format("BEGIN RAISE 'closed' USING ERRCODE = 'P0042'; END"))
    with pytest.raises(RowsError) as raised:
        rows.insert("t")
    assert raised.value.text == "a row of public.t could not be made: the server refused it: closed [P0042]"


def test_what_a_trigger_refuses_for_good_is_not_tried_for_each_child(
    make: Make, connection: psycopg.Connection[Any]
) -> None:
    body = "BEGIN PERFORM nextval('tries'); RAISE 'closed'; END"
    children = "".join(f"CREATE TABLE c{n} (t int NOT NULL REFERENCES t (z)); " for n in range(5))
    rows = make(f"CREATE SEQUENCE tries; {TRIGGER.format(body)}; ALTER TABLE t ADD z int PRIMARY KEY; {children}")
    assert len(rows.fill(1).skipped) == 6
    ((once,),) = connection.execute("SELECT last_value FROM tries").fetchall()
    with pytest.raises(RowsError, match="closed"):
        rows.insert("c0")
    ((again,),) = connection.execute("SELECT last_value FROM tries").fetchall()
    assert again - once == 1


def test_a_trigger_that_swallows_the_row(make: Make) -> None:
    rows = make(TRIGGER.format("BEGIN RETURN NULL; END"))
    with pytest.raises(RowsError, match="the server took it and stored nothing"):
        rows.insert("t")
    assert rows.insert_many("t", 3) == 0


def test_what_is_deferred_is_told(make: Make) -> None:
    rows = make("""
        CREATE TABLE t (x int NOT NULL);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$;
        CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()
    """)
    with pytest.raises(RowsError, match="too late"):
        rows.insert("t")
    assert list(rows.fill(1).skipped) == ["public.t"]


def test_what_is_deferred_may_let_other_values_pass(make: Make) -> None:
    rows = make("""
        CREATE TABLE t (a date NOT NULL, b date NOT NULL);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.a >= NEW.b THEN RAISE 'order'; END IF; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION f()
    """)
    row = rows.insert("t")
    assert row["b"] > row["a"]
    assert rows.insert_many("t", 5) == 5


def test_partitions_through_their_root(make: Make) -> None:
    rows = make("""
        CREATE TABLE t (at date NOT NULL, k text, x int) PARTITION BY RANGE (at);
        CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2024-01-01') TO ('2024-02-01') PARTITION BY LIST (k);
        CREATE TABLE t1a PARTITION OF t1 FOR VALUES IN ('a', 'b');
        CREATE TABLE h (x int) PARTITION BY HASH (x);
        CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 1);
        CREATE TABLE bare (x int) PARTITION BY LIST (x)
    """)
    filled = rows.fill(3)
    assert filled.rows == {"public.h": 3, "public.t": 3}
    assert filled.skipped == {
        "public.bare": "a row of public.bare could not be made: it has no partition\n"
        "hint: make a partition first, or a DEFAULT one"
    }


def test_what_a_partition_asks_besides(make: Make) -> None:
    rows = make("""
        CREATE TABLE t (x int NOT NULL, y int NOT NULL) PARTITION BY RANGE (x);
        CREATE TABLE t1 PARTITION OF t (CHECK (y > 700)) FOR VALUES FROM (1) TO (100);
        CREATE TABLE h (x uuid NOT NULL) PARTITION BY HASH (x);
        CREATE TABLE h3 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 3)
    """)
    assert rows.insert("t")["y"] > 700
    assert (rows.insert_many("t", 20), rows.insert_many("h", 5)) == (20, 5)


def test_a_table_without_columns(make: Make) -> None:
    rows = make("CREATE TABLE t ()")
    assert rows.insert("t") == {}
    assert rows.insert_many("t", 3) == 3


def test_fill_goes_on_and_says_what_is_missing(make: Make) -> None:
    rows = make("""
        CREATE TABLE z (id int PRIMARY KEY);
        CREATE TABLE a (z int REFERENCES z, one bool PRIMARY KEY DEFAULT true CHECK (one));
        CREATE TABLE riddle (x text NOT NULL CHECK (md5(x) = 'b')); CREATE TABLE nothing ();
        CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE far (x int) SERVER s OPTIONS (filename '/dev/null')
    """)
    filled = rows.fill(2)
    assert filled.rows == {"public.z": 2, "public.a": 1, "public.nothing": 2}
    assert filled.skipped["public.far"] == "it is a foreign table: its rows are another server's"
    assert "riddle_x_check CHECK" in filled.skipped["public.riddle"]


def test_fill_links_rows_that_are_there(make: Make, connection: psycopg.Connection[Any]) -> None:
    rows = make("CREATE TABLE z (id int PRIMARY KEY); CREATE TABLE a (z int REFERENCES z)")
    assert rows.fill(2) == Filled({"public.z": 2, "public.a": 2}, {})
    assert connection.execute("SELECT count(*) FROM a WHERE z IS NOT NULL").fetchone() == (2,)


def test_fill_of_some_tables_leaves_the_others(make: Make) -> None:
    rows = make("CREATE TABLE z (id int PRIMARY KEY); CREATE TABLE a (z int REFERENCES z); CREATE TABLE b (z int)")
    assert rows.fill(2, [("public", "z"), ("public", "b")]) == Filled({"public.z": 2, "public.b": 2}, {})


def test_what_a_trigger_fills_counts(make: Make) -> None:
    rows = make("""
        CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int PRIMARY KEY REFERENCES a);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO b VALUES (NEW.id); RETURN NULL; END $$;
        CREATE TRIGGER tr AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()
    """)
    filled = rows.fill(2)
    assert (filled.rows["public.a"], filled.skipped) == (2, {})


@pytest.mark.parametrize(
    ("table", "values", "message"),
    [
        ("userz", {}, "a row of userz could not be made: there is none; near: users"),
        ("v", {}, "a row of public.v could not be made: it is a view"),
        ("users", {"emial": "x"}, "public.users has no column emial"),
    ],
)
def test_unknown_names(make: Make, table: str, values: dict[str, Any], message: str) -> None:
    rows = make("CREATE TABLE users (email text); CREATE VIEW v AS SELECT FROM users")
    with pytest.raises(RowsError) as raised:
        rows.insert(table, **values)
    assert raised.value.message == message


def setting(table: str, **columns: str) -> RowsOfTable:
    expressions = {
        name: Expression(text, f"b.toml, line {place}") for place, (name, text) in enumerate(columns.items(), 2)
    }
    return RowsOfTable(table, expressions, "b.toml, line 1")


def test_settings_give_values(make: Make) -> None:
    schema = "CREATE TABLE t (x text NOT NULL, y text NOT NULL CHECK (md5(y) = md5('it 1%')), z int)"
    rows = make(schema, settings=[setting("public.t", x="'user' || n -- a comment", y="'it 1%'", z="NULL")])
    assert rows.insert("t") == {"x": "user1", "y": "it 1%", "z": None}
    assert rows.insert("t", x="mine") == {"x": "mine", "y": "it 1%", "z": None}
    assert rows.insert_many("t", 2) == 2


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            setting("userz", a="1"),
            "b.toml, line 1: [rows] speaks of a table userz: there is none; near: users",
        ),
        (
            setting("users", emial="1"),
            "b.toml, line 2: [rows] speaks of a column emial of public.users: there is none; there are: email",
        ),
    ],
)
def test_settings_of_what_is_not_there(make: Make, entry: RowsOfTable, message: str) -> None:
    with pytest.raises(ContractError) as raised:
        make("CREATE TABLE users (email text)", settings=[entry])
    assert str(raised.value) == message


def test_a_setting_that_fails(make: Make) -> None:
    rows = make("CREATE TABLE t (x int NOT NULL)", settings=[setting("t", x="1 / (n - 1)")])
    with pytest.raises(RowsError) as raised:
        rows.insert("t")
    message = "b.toml, line 2: the expression for column x of public.t failed: division by zero [22012] [22012]"
    assert raised.value.text == message
