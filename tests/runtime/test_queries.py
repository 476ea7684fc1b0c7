from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgassay.errors import UsageError
from pgassay.runtime import (
    Database,
    NoRowError,
    RowCountError,
    RowShapeError,
    StatementError,
    TooManyRowsError,
    TransactionError,
)


@pytest.fixture
def users(db: Database) -> Database:
    db.none("CREATE TABLE users (id int PRIMARY KEY, email text)")
    db.none("INSERT INTO users VALUES (1, 'a'), (2, 'b')")
    return db


def test_query_returns_any_number_of_rows(users: Database) -> None:
    assert users.query("SELECT * FROM users ORDER BY id") == [{"id": 1, "email": "a"}, {"id": 2, "email": "b"}]
    assert users.query("SELECT * FROM users WHERE id = %(id)s", {"id": 3}) == []


@pytest.mark.parametrize(
    ("helper", "none", "one", "two"),
    [
        ("query", [], [{"a": 1}], [{"a": 1}, {"a": 2}]),
        ("one", NoRowError, {"a": 1}, TooManyRowsError),
        ("one_or_none", None, {"a": 1}, TooManyRowsError),
        ("many", NoRowError, [{"a": 1}], [{"a": 1}, {"a": 2}]),
        ("none", 0, TooManyRowsError, TooManyRowsError),
        ("value", NoRowError, 1, TooManyRowsError),
        ("values", [], [1], [1, 2]),
    ],
)
def test_each_helper_says_how_many_rows_it_takes(db: Database, helper: str, none: Any, one: Any, two: Any) -> None:
    for count, expected in enumerate((none, one, two)):
        with pytest.raises(expected) if isinstance(expected, type) else nullcontext():
            assert getattr(db, helper)("SELECT n AS a FROM generate_series(1, %s) AS n", [count]) == expected


def test_a_wrong_number_of_rows_says_how_many_and_what_to_do(db: Database) -> None:
    with pytest.raises(TooManyRowsError) as caught:
        db.one("SELECT generate_series(1, 3)")
    assert str(caught.value) == (
        "one row was asked for, and there are 3\nhint: query() takes any number; or narrow the statement"
    )


def test_what_did_not_return_what_was_asked_for_is_rolled_back(users: Database) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: users.one("UPDATE users SET email = 'x' RETURNING id"),
        lambda: users.none("DELETE FROM users RETURNING id"),
        lambda: users.query("UPDATE users SET email = 'x'"),
        lambda: users.value("UPDATE users SET email = 'x' WHERE id = 1 RETURNING id, email"),
        lambda: users.query("UPDATE users SET email = 'x'; SELECT 1"),
    ]
    for call in calls:
        with pytest.raises((RowCountError, RowShapeError)):
            call()
    assert users.values("SELECT email FROM users ORDER BY id") == ["a", "b"]


def test_none_returns_how_many_rows_changed_in_one_statement_or_several(users: Database) -> None:
    assert users.none("UPDATE users SET email = %s", ["x"]) == 2
    assert users.none("CREATE TABLE t (a int)") == 0
    assert users.none("INSERT INTO t VALUES (1), (2), (3); DELETE FROM t WHERE a > 1") == 5
    with pytest.raises(TooManyRowsError):
        users.none("DELETE FROM t; SELECT 1")
    assert users.values("SELECT a FROM t") == [1]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT 1; SELECT 2", "several statements"),
        ("UPDATE users SET id = id", r"returns no rows at all \(UPDATE 2\)"),
        ("", "returns no rows at all"),
        ("-- nothing", "returns no rows at all"),
    ],
)
def test_what_cannot_give_rows_is_told(users: Database, statement: Any, said: str) -> None:
    for call in (users.query, users.one, users.values):
        with pytest.raises(RowShapeError, match=said):
            call(statement)


def test_value_wants_one_column(db: Database) -> None:
    with pytest.raises(RowShapeError, match="one column was asked for, and the statement returns 2: a, b"):
        db.values("SELECT 1 AS a, 2 AS b")
    assert db.value("SELECT NULL") is None


def test_rows_without_columns_are_rows(db: Database) -> None:
    assert db.query("SELECT FROM generate_series(1, 2)") == [{}, {}]


@pytest.mark.parametrize(
    "compose",
    [
        lambda: 'SELECT 1 AS "We""ird. Näme 😀"',
        lambda: b'SELECT 1 AS "We""ird. N\xc3\xa4me \xf0\x9f\x98\x80"',
        lambda: sql.SQL("SELECT 1 AS {}").format(sql.Identifier('We"ird. Näme 😀')),
    ],
    ids=["text", "bytes", "composed"],
)
def test_every_form_of_sql_is_taken(db: Database, compose: Callable[[], Any]) -> None:
    assert db.one(compose()) == {'We"ird. Näme 😀': 1}


def test_percent_signs_are_left_alone_without_parameters(db: Database) -> None:
    assert db.value("SELECT 'a%' LIKE 'a%%'") is True
    assert db.value("SELECT 10 %% %s", [3]) == 1


def test_parameters_that_do_not_fit_are_told(db: Database) -> None:
    with pytest.raises(StatementError, match="2 placeholders but 1 parameters"):
        db.query("SELECT %s, %s", [1])
    with pytest.raises(StatementError, match="cannot adapt type 'object'"):
        db.query("SELECT %s", [object()])


def test_stream_gives_rows_through_a_cursor_of_the_servers(users: Database) -> None:
    with users.stream("SELECT id FROM users WHERE id > %s ORDER BY id", [0], size=1) as rows:
        assert next(rows) == {"id": 1}
        assert list(rows) == [{"id": 2}]
    with users.stream("SELECT id, email FROM users ORDER BY id", into=tuple) as tuples:
        assert next(tuples) == (1, "a")
    with pytest.raises(TransactionError, match="after its block"):
        next(tuples)


def test_two_streams_are_read_at_once_in_one_transaction(users: Database) -> None:
    statement = "SELECT id FROM users ORDER BY id"
    with users.tx() as tx, tx.stream(statement, size=1) as ones, tx.stream(statement, size=1) as others:
        assert [(one["id"], other["id"]) for one, other in zip(ones, others, strict=True)] == [(1, 1), (2, 2)]


def test_what_goes_wrong_half_way_through_a_stream_is_one_of_our_errors(db: Database) -> None:
    with db.stream("SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n", size=1) as rows:
        assert [next(rows), next(rows)] == [{"?column?": 0}, {"?column?": 1}]
        with pytest.raises(StatementError) as caught:
            next(rows)
    assert isinstance(caught.value, psycopg.errors.DivisionByZero)
    assert caught.value.statement == "SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n"


def test_rows_and_blocks_are_copied_in(users: Database) -> None:
    assert users.copy_in("COPY users FROM STDIN", ((n, f"u\t{n}") for n in range(3, 6))) == 3
    assert users.copy_in("COPY users (id) FROM STDIN", [b"6\n7", "\n"]) == 2
    assert users.copy_in("COPY users FROM STDIN (FORMAT csv)", ['8,"x,y"\n']) == 1
    assert users.values("SELECT email FROM users WHERE id > 2 ORDER BY id") == [
        *("u\t3", "u\t4", "u\t5", None, None, "x,y")
    ]


def test_rows_for_csv_are_refused_since_the_server_would_misread_them(users: Database) -> None:
    with pytest.raises(UsageError, match="COPY that wants CSV"):
        users.copy_in("COPY users (email) FROM STDIN WITH CSV", [("x",)])
    users.none("CREATE TABLE csv (a text)")
    assert users.copy_in("COPY csv FROM STDIN", [("x",)]) == 1


def test_a_copy_that_fails_leaves_nothing_and_tells_no_value(users: Database) -> None:
    with pytest.raises(StatementError) as caught:
        users.copy_in("COPY users FROM STDIN", [(3, "c"), (1, "secret")])
    assert isinstance(caught.value, psycopg.errors.UniqueViolation)
    assert "secret" not in str(caught.value)
    with pytest.raises(ZeroDivisionError):
        users.copy_in("COPY users FROM STDIN", ((n, str(1 // (5 - n))) for n in range(3, 9)))
    assert users.value("SELECT count(*) FROM users") == 2


def test_rows_are_copied_out(users: Database) -> None:
    with users.copy_out("COPY (SELECT * FROM users WHERE id < %s ORDER BY id) TO STDOUT", [3]) as copy:
        assert list(copy.rows()) == [("1", "a"), ("2", "b")]
    with users.copy_out("COPY users TO STDOUT") as copy:
        assert b"".join(map(bytes, copy)) == b"1\ta\n2\tb\n"
    with users.copy_out("COPY (SELECT generate_series(1, 100000)) TO STDOUT") as copy:
        next(iter(copy))  # and no further
    assert users.value("SELECT 1") == 1
