import pickle
import traceback
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import PgassayError
from pgassay.runtime import (
    CheckViolationError,
    Database,
    DatabaseSettings,
    ExclusionViolationError,
    ForeignKeyViolationError,
    NotNullViolationError,
    StatementError,
    UniqueViolationError,
)

TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.users (
    id int PRIMARY KEY,
    email text NOT NULL CONSTRAINT "e-mail" UNIQUE,
    parent int CONSTRAINT users_parent REFERENCES shop.users DEFERRABLE,
    age int CONSTRAINT grown CHECK (age > 17),
    stay int4range,
    CONSTRAINT alone EXCLUDE USING gist (stay WITH &&)
);
INSERT INTO shop.users VALUES (1, 'ada@example.org', NULL, 20, '[1,9]')
"""


@pytest.fixture
def shop(db: Database) -> Database:
    db.none(TABLES)
    return db


@pytest.mark.parametrize(
    ("error", "row", "constraint", "column"),
    [
        (UniqueViolationError, [2, "ada@example.org", None, 20, None], "e-mail", None),
        (ForeignKeyViolationError, [2, "eve@example.org", 77, 20, None], "users_parent", None),
        (NotNullViolationError, [2, None, None, 20, None], None, "email"),
        (CheckViolationError, [2, "eve@example.org", None, 12, None], "grown", None),
        (ExclusionViolationError, [2, "eve@example.org", None, 20, "[5,6]"], "alone", None),
    ],
)
def test_each_violation_has_a_class_and_names_what_postgresql_names(
    shop: Database, error: type[StatementError], row: list[Any], constraint: str, column: str
) -> None:
    with pytest.raises(error) as caught:
        shop.none("INSERT INTO shop.users VALUES (%s, %s, %s, %s, %s)", row)
    assert isinstance(caught.value, psycopg.IntegrityError | PgassayError)
    assert (caught.value.schema, caught.value.table) == ("shop", "users")
    assert (caught.value.constraint, caught.value.column) == (constraint, column)
    assert caught.value.sqlstate == error.__mro__[3].sqlstate  # type: ignore[attr-defined] # psycopg's own class
    assert caught.value.statement == "INSERT INTO shop.users VALUES (%s, %s, %s, %s, %s)"
    assert (caught.value.parameters, caught.value.detail) == (None, None)


def test_whoever_knows_only_psycopg_catches_just_what_it_raises(shop: Database) -> None:
    with pytest.raises(pg.UndefinedTable) as table:
        shop.query("SELECT * FROM nowhere")
    assert isinstance(table.value, StatementError)
    assert str(table.value) == 'relation "nowhere" does not exist [42P01]\n  statement: SELECT * FROM nowhere'
    with pytest.raises(psycopg.IntegrityError) as unique:
        shop.none("INSERT INTO shop.users VALUES (1, 'x')")
    assert unique.value.diag.constraint_name == "users_pkey"
    with pytest.raises(pg.SyntaxError):
        shop.query("SELEC 1")
    with pytest.raises(pg.InsufficientPrivilege), shop.tx() as tx:
        tx.none("CREATE ROLE errors_nobody; SET ROLE errors_nobody; SELECT * FROM shop.users")


VALUES: list[tuple[LiteralString, list[Any]]] = [
    ("SELECT %s::int", ["s3cret"]),
    ("SELECT %s::uuid", ["s3cret"]),
    ("SELECT %s::timestamptz", ["s3cret"]),
    ("SELECT %s::text::smallint", [77321]),
    ("SELECT %s::jsonb", ['{"s3cret": ']),
    ("SELECT %s::int[]", ["{s3cret}"]),
    ("SELECT %s::regclass", ["s3cret"]),
    ("SELECT %s::regrole", ["s3cret"]),
    ("SELECT %s::text::xml", ["<s3cret>"]),
    ("SELECT %s::inet", ['s3"cr"et s3cret']),
    ("SELECT 1 WHERE %s ~ '['", ["s3cret"]),
    ("SELECT set_config('datestyle', %s, true)", ["s3cret"]),
    ("SELECT set_config(%s, 'x', true)", ["s3cret.1-"]),
    ("INSERT INTO shop.users VALUES (1, %s)", ["s3cret"]),
    ("INSERT INTO shop.users (id, email) VALUES (7, %s), (8, %s)", ["s3cret", "s3cret"]),
    ("INSERT INTO shop.users (id, email, age) VALUES (9, %s, 1)", ["s3cret"]),
    ("UPDATE shop.users SET parent = %s", [77321]),
    ("SELECT to_date(%s, 'YYYY-MM-DD')", ["s3cret"]),
    ("SELECT %s::numeric(2)", ["77321"]),
    ("DO $$ BEGIN RAISE EXCEPTION 'no'; END $$; SELECT %s", ["s3cret"]),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("statement", "parameters"), VALUES, ids=lambda v: v if isinstance(v, str) else "")
def test_no_value_of_a_parameter_is_shown(
    shop: Database, statement: LiteralString, parameters: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="pgassay.sql")
    with pytest.raises(psycopg.Error) as caught:
        shop.query(statement, parameters)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    shown = shown.replace(statement, "").replace(repr(VALUES), "")
    for value in ("s3cret", "77321"):
        assert value not in _without_source(shown)


def _without_source(shown: str) -> str:
    """Leave out the lines of source that a traceback repeats: they are ours, not the error's."""
    return "\n".join(line for line in shown.splitlines() if not line.startswith("    "))


def test_what_a_function_of_the_users_says_about_a_parameter_is_masked(db: Database) -> None:
    db.none(
        "CREATE FUNCTION refuse(who text) RETURNS int LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no % here', who USING HINT = 'not \"' || who || '\"'; END $$"
    )
    with pytest.raises(pg.RaiseException) as caught:
        db.value("SELECT refuse(%(who)s)", {"who": "ada@example.org"})
    assert str(caught.value) == 'no *** here [P0001]\n  statement: SELECT refuse(%(who)s)\nhint: not "***"'


def test_who_asks_is_shown_parameters_and_detail(database: Conninfo) -> None:
    with Database(DatabaseSettings(url=database, show_parameters=True)) as db:
        db.none("CREATE TABLE t (a text PRIMARY KEY)")
        db.none("INSERT INTO t VALUES ('x')")
        with pytest.raises(UniqueViolationError) as caught:
            db.none("INSERT INTO t VALUES (%s)", ["x"])
    assert caught.value.parameters == ["x"]
    assert str(caught.value) == (
        'duplicate key value violates unique constraint "t_pkey" [23505]\n'
        "  statement: INSERT INTO t VALUES (%s)\n  parameters: ['x']\n  detail: Key (a)=(x) already exists."
    )


def test_no_password_and_no_composed_value_is_in_a_statement(db: Database) -> None:
    with pytest.raises(StatementError) as role:
        db.none("ALTER ROLE nobody_at_all PASSWORD 's3cret'")
    assert role.value.statement == "ALTER ROLE nobody_at_all PASSWORD ***"
    with pytest.raises(StatementError) as composed:
        db.none(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier("no", "where"), sql.Literal("s3cret")))
    assert composed.value.statement == 'INSERT INTO "no"."where" VALUES (***)'


@pytest.mark.parametrize(
    "fail",
    [
        lambda db: db.query("SELECT * FROM nowhere WHERE a = %s", [1]),
        lambda db: db.none("INSERT INTO t VALUES (1)"),
        lambda db: db.one("SELECT 1 WHERE false"),
        lambda db: db.query("SELECT %s"),
    ],
)
def test_errors_travel_between_processes(db: Database, fail: Callable[[Database], Any]) -> None:
    db.none("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.Error) as caught:
        fail(db)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert vars(again).get("statement") == vars(caught.value).get("statement")
    assert again.diag.constraint_name == caught.value.diag.constraint_name


def test_a_deferred_constraint_fails_at_the_end_with_its_class(shop: Database) -> None:
    shop.none("ALTER TABLE shop.users ALTER CONSTRAINT users_parent INITIALLY DEFERRED")
    for fail in (
        shop.none,
        lambda statement: shop.run_tx(lambda tx: tx.none(statement)),
    ):
        with pytest.raises(ForeignKeyViolationError) as caught:
            fail("UPDATE shop.users SET parent = 77")
        assert (caught.value.statement, caught.value.constraint) == ("COMMIT", "users_parent")


def test_hints_say_what_to_do(db: Database) -> None:
    read_only = pytest.raises(pg.ReadOnlySqlTransaction, match="hint: the transaction is read-only, or this server")
    with read_only, db.tx(read_only=True) as tx:
        tx.none("CREATE TABLE t ()")
    with pytest.raises(pg.UndefinedColumn, match=r"hint: Perhaps you meant to reference the column"):
        db.none("CREATE TABLE t (email text); SELECT emial FROM t")
