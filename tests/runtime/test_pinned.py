from collections.abc import Iterator

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import ClosedError, PinnedDatabase, RefusedError
from pgassay.servers.server import Server


@pytest.fixture
def db(database: Conninfo, server: Server) -> Iterator[PinnedDatabase]:
    with server.connect(database.get("dbname")) as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
    with PinnedDatabase(database) as pinned:
        yield pinned


def rows(db: PinnedDatabase) -> list[tuple[int, ...]]:
    with db.connection() as connection:
        return connection.execute("SELECT a FROM t ORDER BY a").fetchall()


def test_nothing_of_it_stays(db: PinnedDatabase, server: Server, database: Conninfo) -> None:
    with db.tx() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    with db.connection() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
        connection.commit()
    assert rows(db) == [(1,), (2,)]
    db.close()
    with server.connect(database.get("dbname")) as connection:
        assert connection.execute("SELECT FROM t").fetchall() == []


def test_rollback_goes_back_to_the_last_commit(db: PinnedDatabase) -> None:
    with db.connection() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO t VALUES (2)")
        connection.rollback()
    assert rows(db) == [(1,)]


def test_an_error_rolls_back_its_block_alone(db: PinnedDatabase) -> None:
    with db.tx() as outer:
        outer.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(psycopg.errors.UniqueViolation), db.tx() as inner:
            inner.execute("INSERT INTO t VALUES (2), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation), db.connection() as inner:
            inner.execute("INSERT INTO t VALUES (3), (1)")
    assert rows(db) == [(1,)]


def test_a_failed_statement_that_is_committed_is_rolled_back(db: PinnedDatabase) -> None:
    with db.connection() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        connection.commit()
    assert rows(db) == []


def test_it_goes_on_for_many_rounds(db: PinnedDatabase) -> None:
    """psycopg prepares what it has seen five times, and several statements cannot be prepared."""
    for number in range(12):
        with db.connection() as connection:
            connection.execute("INSERT INTO t VALUES (%s)", [number])
    assert len(rows(db)) == 12


def test_a_deferred_constraint_is_checked_as_by_a_commit(db: PinnedDatabase) -> None:
    with db.tx() as connection:
        connection.execute("INSERT INTO t VALUES (1, 2)")
        with db.tx() as inner:
            inner.execute("INSERT INTO t VALUES (2, 1)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation), db.tx() as connection:
        connection.execute("INSERT INTO t VALUES (3, 4)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation), db.connection() as connection:
        connection.execute("INSERT INTO t VALUES (3, 4)")
    assert rows(db) == [(1,), (2,)]


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT",
        " /* a /* nested */ comment */ -- and\n commit work",
        "END",
        "ROLLBACK",
        "abort",
        "BEGIN",
        "START TRANSACTION",
        "PREPARE TRANSACTION 'x'",
        "COMMIT AND CHAIN",
        "rollback and chain",
    ],
)
def test_sql_that_would_end_the_transaction_is_refused(db: PinnedDatabase, statement: str) -> None:
    with db.connection() as connection, pytest.raises(RefusedError, match="is refused"):
        connection.execute(statement)


def test_savepoints_of_the_caller_work(db: PinnedDatabase) -> None:
    with db.connection() as connection:
        connection.execute("SAVEPOINT mine")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("ROLLBACK TO mine")
        connection.execute("ROLLBACK WORK TO SAVEPOINT mine")
    assert rows(db) == []


@pytest.mark.parametrize("ending", ["COMMIT", "COMMIT AND CHAIN"])
def test_a_commit_that_slips_through_is_reported(db: PinnedDatabase, ending: str) -> None:
    with pytest.raises(RefusedError, match="has ended"), db.connection() as connection:
        connection.execute(f"SELECT 1; {ending}")


def test_it_cannot_become_another_role_nor_be_used_after_its_end(db: PinnedDatabase) -> None:
    with pytest.raises(RefusedError, match='cannot act as "app"'):
        db.as_role("app")
    db.close()
    db.close()
    with pytest.raises(ClosedError), db.connection():
        pass


def test_leaving_a_with_block_of_the_connection_does_not_close_it(db: PinnedDatabase) -> None:
    with db.connection() as connection:
        with connection:
            connection.execute("INSERT INTO t VALUES (1)")
        assert not connection.closed
    assert rows(db) == [(1,)]
