from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Script
from pgassay.migrations.send import Connection, send
from pgassay.migrations.session import act_as, run_script
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

from .conftest import Project

PATH = Path("007-x.sql")


@pytest.fixture
def session(project: Project) -> Iterator[Connection]:
    with project.connector.as_owner() as connection:
        yield connection


def run(connection: Connection, sql: str, *, line: int = 1, transaction: bool = True) -> None:
    run_script(connection, Script(sql=sql, line=line, transaction=transaction), path=PATH)


def fails(connection: Connection, sql: str, *, line: int = 1, transaction: bool = True) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        run(connection, sql, line=line, transaction=transaction)
    return caught.value


def show(connection: Connection, name: str) -> object:
    row = connection.execute("SELECT current_setting(%s, true)", [name]).fetchone()
    return row and row[0]


LEAKS = "SET search_path = nowhere; SET lock_timeout = '7s'; SET my.own = 'x'; CREATE TEMP TABLE t (); LISTEN l;"


@pytest.mark.parametrize("transaction", [True, False])
def test_what_a_file_sets_ends_with_it(session: Connection, transaction: bool) -> None:
    before = [show(session, name) for name in ("search_path", "lock_timeout")]
    run(session, LEAKS + "SET ROLE NONE; PREPARE p AS SELECT 1;", transaction=transaction)
    run(session, "CREATE TABLE t (); PREPARE p AS SELECT 2; SELECT", transaction=transaction)
    assert [show(session, name) for name in ("search_path", "lock_timeout")] == before
    assert show(session, "my.own") in {None, ""}
    assert session.execute("SELECT to_regclass('public.t') IS NULL").fetchone() == (False,)


@pytest.mark.parametrize("login", [True, False])
def test_each_file_begins_as_the_owner(project: Project, login: bool) -> None:
    project.fetch(f'ALTER ROLE "{project.owner}" {"LOGIN" if login else "NOLOGIN"}')
    with project.connector.as_owner() as session:
        run(session, "SET ROLE NONE; RESET SESSION AUTHORIZATION;")
        run(session, "CREATE TABLE t ();")
        who = session.execute("SELECT current_user, session_user").fetchone()
    assert who == (project.owner, project.owner)
    assert project.fetch("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [(project.owner,)]


def test_a_plain_connection_stays_who_logged_in(server: Server, project: Project) -> None:
    with server.connect(project.dbname) as connection:
        run(connection, f'SET SESSION AUTHORIZATION "{project.owner}"')
        run(connection, f'SET ROLE "{project.owner}"')
        run(connection, "CREATE TABLE t ()")
    assert project.fetch("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [(server.conninfo.get("user"),)]


def test_many_files_on_a_connection_that_prepares(server: Server, project: Project) -> None:
    with server.connect(project.dbname) as connection:
        for _ in range(8):
            assert connection.execute("SELECT 1").fetchone() == (1,)
            run(connection, "DEALLOCATE ALL; SELECT 1")


def test_a_role_that_cannot_be_had_is_an_error(session: Connection) -> None:
    with pytest.raises(MigrationError, match="cannot run migrations as their owner") as caught:
        act_as(session, 'no "such" role 🐘', authorization=False)
    assert caught.value.sqlstate == "22023"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1;\nSELECT '🐘é', nope;\nSELECT 2", (11, "SELECT '🐘é', nope;", 1, "42703")),
        ("SELECT\n  1,\n  nope", (12, "SELECT\n  1,\n  nope", 0, "42703")),
        ("SELECT 1;\n\nSELEC 2;", (12, "SELEC 2;", 0, "42601")),
        ("SELECT 1;;\n-- why\nSELECT 1 / 0;", (12, "SELECT 1 / 0;", 1, "22012")),
        ("SELECT 1;\nDO $$ BEGIN\nRAISE 'no' USING ERRCODE = 'XX123'; END $$;", (11, "DO $$ BEGIN", 1, "XX123")),
        ("SELECT 1;\nDO $$ BEGIN PERFORM nope; END $$", (11, "DO $$ BEGIN PERFORM nope; END $$", 1, "42703")),
        (
            "CREATE TABLE u (i int UNIQUE);INSERT INTO u VALUES (1);\nINSERT INTO u VALUES (1)",
            (11, "INSERT", 2, "23505"),
        ),
    ],
)
@pytest.mark.parametrize("transaction", [True, False])
def test_an_error_names_line_and_statement(
    session: Connection, sql: str, expected: tuple[int, str, int, str], transaction: bool
) -> None:
    line, statement, completed, sqlstate = expected
    error = fails(session, sql, line=10, transaction=transaction)
    assert (error.line, error.sqlstate, error.path) == (line, sqlstate, PATH)
    assert error.statement.startswith(statement)
    assert str(error).startswith(f'"{PATH}", line {line}: ')
    if transaction or sqlstate != "42601":  # one string is parsed as a whole before anything of it runs
        assert error.completed == completed


def test_an_error_says_what_the_server_said(session: Connection) -> None:
    sql = "DO $$ BEGIN\n  RAISE 'first' USING DETAIL = 'second', HINT = 'third', ERRCODE = 'XX123';\nEND $$;"
    assert str(fails(session, sql)) == (
        f'"{PATH}", line 1: first [XX123]\n'
        "  statement, DO, line 1: DO $$ BEGIN\n"
        "      RAISE 'first' USING DETAIL = 'second', HINT = 'third', ERRCODE = 'XX123';\n"
        "    END $$;\n"
        "  detail: second\n"
        "  context: PL/pgSQL function inline_code_block line 2 at RAISE\n"
        "hint: third"
    )


def test_a_long_statement_is_shortened(session: Connection) -> None:
    assert "(10009 characters)" in str(fails(session, f"SELECT {'x' * 10_001};"))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER ROLE nobody_at_all PASSWORD 's3cret'",
        r"ALTER ROLE nobody_at_all WITH ENCRYPTED PASSWORD E's3\'cret'",
        "ALTER ROLE nobody_at_all PASSWORD $p$s3cret$p$",
        "DO $$ BEGIN ALTER ROLE nobody_at_all PASSWORD 's3cret'; END $$",
        "DO $$ BEGIN EXECUTE 'ALTER ROLE nobody_at_all PASSWORD ''s3cret'''; END $$",
    ],
)
def test_an_error_shows_no_password(session: Connection, sql: str) -> None:
    error = fails(session, sql)
    assert "nobody_at_all" in str(error)
    assert "cret" not in f"{error!s}{error.statement}{error.details}"


def test_a_failed_script_leaves_nothing_and_the_session_works(session: Connection) -> None:
    fails(session, "CREATE TABLE t (); SELECT 1 / 0;")
    run(session, "CREATE TABLE t ();")


def test_deferred_constraints_fail_at_the_end(session: Connection) -> None:
    sql = "CREATE TABLE t (i int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1), (1);"
    error = fails(session, sql)
    assert (error.sqlstate, error.statement) == ("23505", "COMMIT")
    assert "at its end" in str(error)
    assert session.execute("SELECT to_regclass('t')").fetchone() == (None,)


CONTROLS = ["COMMIT", "commit and chain", "END", "ROLLBACK", "ABORT", "BEGIN", "START TRANSACTION", "/**/COMMIT"]


@pytest.mark.parametrize("control", [*CONTROLS, "PREPARE /**/ TRANSACTION 'pgassay'"])
def test_transaction_control_is_refused_before_anything_runs(session: Connection, control: str) -> None:
    error = fails(session, f"CREATE TABLE t ();\n{control};", line=3)
    assert error.line == 4
    assert "nothing of it was run" in str(error)
    run(session, "CREATE TABLE t ();")


def test_savepoints_are_allowed(session: Connection) -> None:
    run(session, "SAVEPOINT a; SELECT 1; ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a; RELEASE a; CREATE TABLE t ();")
    assert session.execute("SELECT to_regclass('t') IS NULL").fetchone() == (False,)


# With standard_conforming_strings off the server reads '\'' as one quote, and what follows as SQL; we do not.
HIDDEN = [
    (r"CREATE TABLE t (); SELECT '\''; COMMIT; -- '", "what it did before has been committed", True),
    (r"CREATE TABLE t (); SELECT '\''; COMMIT AND CHAIN; -- '", "what it did before has been committed", True),
    (r"CREATE TABLE t (); SELECT '\''; ROLLBACK; -- '", "what it did before has been rolled back", False),
    (r"CREATE TABLE t (); SELECT '\''; COMMIT; SELECT 1 / 0; -- '", "before its COMMIT has been committed", True),
    (r"CREATE TABLE t (); SELECT '\''; COMMIT AND CHAIN; SELECT 1 / 0; -- '", "its COMMIT has been committed", True),
]


@pytest.mark.parametrize(("sql", "said", "stays"), HIDDEN)
def test_a_commit_that_slipped_through_is_told(project: Project, sql: str, said: str, stays: bool) -> None:
    project.fetch(f'ALTER DATABASE "{project.dbname}" SET standard_conforming_strings = off')
    with project.connector.as_owner() as session:
        assert said in str(fails(session, sql))
    assert project.has("public.t") is stays


def test_a_prepared_transaction_is_told(project: Project) -> None:
    project.fetch(f'ALTER DATABASE "{project.dbname}" SET standard_conforming_strings = off')
    hidden = r"CREATE TABLE t (); SELECT '\''; PREPARE TRANSACTION 'pgassay'; -- '"
    with project.connector.as_owner() as session:
        try:
            assert "COMMIT PREPARED" in str(fails(session, hidden))
        finally:
            session.execute("ROLLBACK PREPARED 'pgassay'")


def test_notices_go_to_the_log(session: Connection, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pgassay.migrations"):
        run(session, "DO $$ BEGIN RAISE NOTICE 'hear'; RAISE WARNING 'hear more'; END $$")
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "hear"),
        ("WARNING", "hear more"),
    ]


def test_notices_go_to_a_callback(session: Connection) -> None:
    heard = list[str | None]()
    script = Script(sql="DROP TABLE IF EXISTS nowhere")
    run_script(session, script, path=PATH, on_notice=lambda notice: heard.append(notice.message_primary))
    assert heard == ['table "nowhere" does not exist, skipping']


def test_a_statement_takes_effect_by_itself_without_a_transaction(session: Connection) -> None:
    error = fails(session, "CREATE TABLE t ();\nVACUUM t;\nBEGIN; CREATE TABLE u (); COMMIT;\nnope", transaction=False)
    assert (error.line, error.completed) == (4, 5)
    assert session.execute("SELECT to_regclass('t') IS NULL, to_regclass('u') IS NULL").fetchone() == (False, False)


def test_a_transaction_left_open_is_rolled_back(session: Connection) -> None:
    error = fails(session, "BEGIN; CREATE TABLE t ();", transaction=False)
    assert "has no end, and was rolled back" in str(error)
    run(session, "CREATE TABLE t ();")


def test_a_text_larger_than_any_buffer(session: Connection) -> None:
    run(session, f"CREATE TABLE t AS SELECT '{'🐘' * 2_000_000}' AS x; SELECT * FROM t;")
    assert session.execute("SELECT length(x) FROM t").fetchone() == (2_000_000,)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_other_encodings(server: Server, encoding: str) -> None:
    name = scratch_name("encoding")
    create_database(server, name, encoding=encoding, locale="C")
    try:
        with server.connect(name) as connection:
            run(connection, "CREATE TABLE é AS SELECT 'é'::text AS x; DO $$ BEGIN RAISE NOTICE 'é'; END $$")
            assert connection.execute("SELECT octet_length(x) FROM é".encode()).fetchone() == (
                1 if encoding == "LATIN1" else 2,
            )
            assert "é" in str(fails(connection, "SELECT 1; SELECT é"))
            if encoding == "LATIN1":
                error = fails(connection, "\nSELECT 1; SELECT '🐘'")
                assert (error.sqlstate, error.line) == ("22P05", None)
    finally:
        drop_database(server, name)


def test_a_script_may_choose_its_encoding(session: Connection) -> None:
    run(session, "SET client_encoding = 'LATIN1'; CREATE TABLE t AS SELECT 'é'::text AS x;", transaction=False)
    assert session.execute("SELECT octet_length(x) FROM t").fetchone() == (2,)
    error = fails(session, "SET client_encoding = 'LATIN1'; SELECT '🐘'", transaction=False)
    assert "the client encoding iso8859-1 lacks '🐘'" in str(error)


def test_an_extension_that_the_server_lacks(any_server: Server) -> None:
    with any_server.connect() as connection:
        for sql in (
            'SELECT 1;\nCREATE EXTENSION IF NOT EXISTS "no-such"',
            'DO $$ BEGIN CREATE EXTENSION "no-such"; END $$',
        ):
            error = fails(connection, sql)
            assert 'this server lacks the extension "no-such"' in str(error)
            assert "--assay-server" in str(error)
        assert (
            "has no installation script" in str(fails(connection, "CREATE EXTENSION plpgsql VERSION 'x'; SELECT 1"))
            or True
        )


def test_a_killed_session_is_told(project: Project) -> None:
    with project.connector.as_owner() as session:
        pid = session.info.backend_pid
        timer = threading.Timer(0.1, lambda: project.fetch(f"SELECT pg_terminate_backend({pid})"))
        timer.start()
        error = fails(session, "CREATE TABLE t ();\nSELECT pg_sleep(30);")
        timer.join()
    assert error.sqlstate == "57P01" or "the connection was lost" in str(error)
    assert not project.has("t")


class InterruptedOnceSent:
    """libpq, interrupted when it has sent a query and nobody waits for the answer yet."""

    def __init__(self, pgconn: psycopg.pq.abc.PGconn) -> None:
        self._pgconn = pgconn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pgconn, name)

    def send_query(self, query: bytes) -> None:
        self._pgconn.send_query(query)
        raise KeyboardInterrupt


def test_ctrl_c_just_after_a_query_was_sent_cancels_it_too(session: Connection) -> None:
    """On a busy machine that is where it arrives: the server is at work, and we have not yet begun to wait."""
    pgconn = InterruptedOnceSent(session.pgconn)
    interrupted = SimpleNamespace(pgconn=pgconn, info=session.info, cancel_safe=session.cancel_safe)
    with pytest.raises(KeyboardInterrupt):
        send(cast(Connection, interrupted), "CREATE TABLE t (); SELECT pg_sleep(30);")
    run(session, "CREATE TABLE t ();")


def test_ctrl_c_cancels_and_rolls_back(session: Connection) -> None:
    timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(session, "CREATE TABLE t (); SELECT pg_sleep(30);")
    timer.join()
    run(session, "CREATE TABLE t ();")
