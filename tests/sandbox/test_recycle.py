"""Holes that there were: ways to change a database of which neither rows nor the log told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.workshop import Workshop

MakeSandbox = Callable[[str], Sandbox]
TABLE = "CREATE TABLE t (id serial PRIMARY KEY, v text); INSERT INTO t (v) SELECT 'x' FROM generate_series(1, 9);"


def verdict_on(sandbox: Sandbox, *statements: str) -> str:
    """Let a superuser do something, and return why the database is discarded; empty: it is brought back."""
    sandbox.template()
    with sandbox.new() as database, database.server.connect(database.name) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    return verdict(sandbox)


def verdict(sandbox: Sandbox) -> str:
    assert sandbox.pool.workshop is not None
    sandbox.pool.settle()
    (reason,) = sandbox.pool.workshop.verdicts
    return reason


def for_this_database(statement: str) -> str:
    return f"DO $$ BEGIN EXECUTE format('{statement}', current_database()); END $$;"


def test_a_row_that_pg_surgery_made_old(sandbox_of: MakeSandbox) -> None:
    sandbox = sandbox_of(TABLE + "CREATE EXTENSION pg_surgery;")
    said = verdict_on(
        sandbox,
        "UPDATE t SET v = 'changed' WHERE id = 7",
        "SELECT heap_force_freeze('t', ARRAY[(SELECT ctid FROM t WHERE id = 7)])",
    )
    assert said == 'rows of the template were changed or removed in the table "public"."t"'


@pytest.mark.parametrize("kind", ["", "UNLOGGED"])
def test_a_sequence_that_stands_where_it_stood_with_numbers_in_reserve(sandbox_of: MakeSandbox, kind: str) -> None:
    sandbox = sandbox_of("SELECT 1;")
    if kind and sandbox.server.major < 15:
        pytest.skip("PostgreSQL 14 has no unlogged sequences")
    sandbox = sandbox_of(f"CREATE {kind} SEQUENCE q MAXVALUE 3 CYCLE; SELECT nextval('q');")
    assert verdict_on(sandbox, "SELECT nextval('q') FROM generate_series(1, 3)") == ""
    with sandbox.new() as database, database.server.connect(database.name) as connection:
        assert connection.execute("SELECT last_value, log_cnt, is_called FROM q").fetchone() == (1, 0, True)


def test_a_temporary_schema_that_is_more_than_a_name(sandbox_of: MakeSandbox) -> None:
    grant = "EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', pg_my_temp_schema()::regnamespace)"
    said = verdict_on(sandbox_of(TABLE), "CREATE TEMP TABLE x ()", f"DO $$ BEGIN {grant}; END $$")
    assert "pg_namespace" in said


def test_another_database_of_the_same_name_and_number(sandbox_of: MakeSandbox) -> None:
    sandbox = sandbox_of(TABLE)
    if sandbox.server.major < 15:
        pytest.skip("PostgreSQL 14 numbers databases itself")
    with sandbox.new() as database, sandbox.server.connect() as admin:
        who = "SELECT oid, pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
        oid, owner = admin.execute(who, [database.name]).fetchone() or ()
        admin.execute(f"DROP DATABASE {database.name} WITH (FORCE)".encode())
        admin.execute(f"CREATE DATABASE {database.name} OID {oid} OWNER {owner} STRATEGY file_copy".encode())
    assert verdict(sandbox) in {  # a new one starts with younger transaction ids where the server has gone on
        "our own session in it was ended",
        "the database's own owner, privileges, settings or comment were changed",
    }


def test_one_that_another_workshop_made(sandbox_of: MakeSandbox) -> None:
    """The new one has not read the log for it."""
    sandbox = sandbox_of(TABLE)
    with sandbox.new() as database:
        database.server.connect(database.name).execute("INSERT INTO t (v) VALUES ('lost')").connection.close()
        (spare,) = sandbox.pool._out
        other = Workshop(sandbox.server, run=sandbox.run)
        assert not other.bring_back(spare)
        other.close()
    assert verdict(sandbox) == ""


def test_our_own_login_is_not_in_the_database(sandbox_of: MakeSandbox) -> None:
    sandbox = sandbox_of("SELECT 1;")
    if sandbox.server.major < 17:
        pytest.skip("there are no login triggers before PostgreSQL 17")
    sandbox = sandbox_of(
        """
        CREATE TABLE logins (at timestamptz DEFAULT now());
        CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
            'BEGIN INSERT INTO public.logins DEFAULT VALUES; END';
        CREATE EVENT TRIGGER note ON login EXECUTE FUNCTION note();
        GRANT SELECT ON logins TO PUBLIC;
        """
    )
    for _ in range(3):
        with sandbox.new() as database:
            assert database.value("SELECT count(*) FROM logins") == 1
        assert verdict(sandbox) == ""


SETTINGS: Sequence[str] = (
    "default_transaction_read_only = on",
    "role = pg_monitor",
    "idle_session_timeout = 50",
    "statement_timeout = 20",
    "default_transaction_isolation = serializable",
    "search_path = nowhere",
    "session_replication_role = replica",
)


def test_what_a_database_sets_does_not_reach_us(sandbox_of: MakeSandbox) -> None:
    sandbox = sandbox_of(TABLE + "".join(for_this_database(f"ALTER DATABASE %I SET {said}") for said in SETTINGS))
    undo = "SET statement_timeout = 0; SET ROLE NONE; SET default_transaction_read_only = off"
    again = ("SET idle_session_timeout = 0", "SELECT pg_sleep(0.1)", "INSERT INTO public.t (v) VALUES ('a')")
    assert verdict_on(sandbox, undo, *again) == ""
