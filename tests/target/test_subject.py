from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.runtime._sync.database import Connection
from pgassay.runtime.errors import RefusedError
from pgassay.target import SubjectDatabase, Target
from pgassay.target.subject import require_reading

SETTINGS = "SELECT name, setting FROM pg_settings ORDER BY name"


@pytest.fixture
def subject(database: Conninfo) -> Iterator[SubjectDatabase]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 3) g")
    with Target(database) as target, target.database() as opened:
        yield opened


@pytest.fixture
def connection(subject: SubjectDatabase) -> Iterator[Connection]:
    with subject.connection() as lent:
        yield lent


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a FROM t",
        " /* a /* nested */ one */ -- and another\n((select 1))",
        "values (1)",
        "TABLE t",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SHOW work_mem",
        "EXPLAIN SELECT 1",
        "EXPLAIN (SELECT 1)",
        "EXPLAIN ((SELECT 1))",
        "explain (costs off, format json) SELECT 1",
        "EXPLAIN VERBOSE SELECT 1",
        "SELECT 'analyze; COMMIT'",
        "SELECT 1;",
    ],
)
def test_what_reads_is_let_through(connection: Connection, statement: str) -> None:
    assert connection.execute(statement).fetchall()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "statement",
    [
        "",
        "-- nothing",
        "/* never closed SELECT 1",
        "INSERT INTO t VALUES (1)",
        "COPY t TO PROGRAM 'cat'",
        "COPY t TO STDOUT",
        "ANALYZE",
        "NOTIFY x",
        "LISTEN x",
        "SET work_mem = '1MB'",
        "RESET ALL",
        "DO $$BEGIN END$$",
        "CALL p()",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "LOCK TABLE t",
        "PREPARE p AS SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN /* */ analyse SELECT 1",
        "EXPLAIN (ANALYZE) SELECT 1",
        "EXPLAIN (COSTS OFF, analyze on) SELECT 1",
        'EXPLAIN ("analyze") SELECT 1',
        'EXPLAIN (U&"\\0061nalyze") SELECT 1',
        "/* SELECT */ DELETE FROM t",
    ],
)
def test_what_may_write_is_refused_before_the_server_sees_it(connection: Connection, statement: str) -> None:
    with pytest.raises(RefusedError, match="is refused"):
        connection.execute(statement)
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_the_fence_lets_through_the_server_refuses(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")
    subject = Target(any_database).database()
    for statement, error in {
        "SELECT 1; SELECT 2": psycopg.errors.SyntaxError,
        "SELECT 1; COMMIT": psycopg.errors.SyntaxError,
        "SELECT 1 INTO u": psycopg.errors.ReadOnlySqlTransaction,
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM x": psycopg.errors.ReadOnlySqlTransaction,
        "SELECT a FROM t FOR UPDATE": psycopg.errors.ReadOnlySqlTransaction,
        "SELECT set_config('transaction_read_only', 'off', true)": psycopg.errors.ActiveSqlTransaction,
    }.items():
        with pytest.raises(error), subject, subject.connection() as lent:
            lent.execute(statement)


@pytest.mark.parametrize("encode", [str.encode, sql.SQL], ids=["bytes", "composed"])
def test_every_form_of_sql_is_looked_at(connection: Connection, encode: type) -> None:
    assert connection.execute(encode("SELECT 1")).fetchone() == (1,)
    with pytest.raises(RefusedError):
        connection.execute(encode("DELETE FROM t"))


def test_every_way_to_execute_is_fenced(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.executemany("SELECT %s", [(1,), (2,)], returning=True)
    assert list(cursor.stream("SELECT a FROM t")) == [(1,), (2,), (3,)]
    with connection.cursor("named") as named:
        assert named.execute("SELECT a FROM t").fetchone() == (1,)
        with pytest.raises(RefusedError):
            named.execute("DELETE FROM t RETURNING a")
        with pytest.raises(RefusedError):
            named.copy("COPY t TO STDOUT")
    for call in (
        lambda: list(cursor.stream("DELETE FROM t RETURNING 1")),
        lambda: cursor.executemany("DELETE FROM t WHERE a = %s", [(1,)]),
        lambda: cursor.copy("COPY t TO STDOUT"),
        lambda: setattr(connection, "autocommit", True),
        lambda: connection.set_autocommit(True),
    ):
        with pytest.raises(RefusedError):
            call()


def test_several_statements_are_refused_without_parameters_many_times_and_in_a_pipeline(
    subject: SubjectDatabase,
) -> None:
    for _ in range(7):
        with pytest.raises(psycopg.errors.SyntaxError), subject.connection() as connection:
            connection.cursor().executemany("SELECT 1; SELECT 2", [()])
    with pytest.raises(psycopg.errors.SyntaxError), subject.connection() as connection, connection.pipeline():
        connection.execute("SELECT 1; SELECT 2")
    with subject.connection() as connection, connection.pipeline():
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_commit_is_harmless_and_shows_what_is_new(subject: SubjectDatabase, database: Conninfo) -> None:
    with subject.connection() as connection, psycopg.connect(database.dsn, autocommit=True) as other:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)
        other.execute("INSERT INTO t VALUES (4)")
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)
        connection.commit()
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (4,)
        connection.rollback()
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
        with connection.transaction(), pytest.raises(psycopg.ProgrammingError):
            connection.commit()


def test_nothing_stays_on_the_session(subject: SubjectDatabase) -> None:
    with subject.connection() as connection:
        before = connection.execute(SETTINGS).fetchall()
        pid = connection.info.backend_pid
        connection.execute("SELECT set_config('search_path', 'elsewhere', false), set_config('work_mem', '1MB', false)")
        connection.commit()
    for _ in range(7):
        with subject.tx() as tx:
            assert tx.execute(SETTINGS).fetchall() == before
            assert tx.connection.info.backend_pid == pid
            assert tx.one("SELECT count(*) FROM pg_prepared_statements") == {"count": 0}


def test_a_connection_that_was_kept_is_no_way_around(subject: SubjectDatabase) -> None:
    with subject.connection() as connection:
        pass
    with pytest.raises(RefusedError, match="outside of"):
        connection.execute("SELECT 1")


def test_an_error_leaves_the_connection_usable(subject: SubjectDatabase) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), subject.connection() as connection:
        connection.execute("SELECT 1 / 0")
    with subject.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_session_that_the_server_ends_is_replaced(subject: SubjectDatabase) -> None:
    with pytest.raises(psycopg.OperationalError), subject.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with subject.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_another_role_is_refused(subject: SubjectDatabase) -> None:
    with pytest.raises(RefusedError, match='cannot act as "app"'):
        subject.as_role("app")


def test_the_word_that_was_refused_is_named() -> None:
    with pytest.raises(RefusedError, match='"TRUNCATE" is refused: this database is only read'):
        require_reading("truncate t")
