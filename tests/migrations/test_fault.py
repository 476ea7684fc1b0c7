"""What is sent over a session that is lent: counted, and let fail in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgassay.conninfo import Conninfo
from pgassay.migrations.fault import Watch, migrating, watching
from pgassay.migrations.lending import Lent, lent
from pgassay.migrations.send import Connection


@pytest.fixture
def connection(database: Conninfo) -> Iterator[Connection]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")
        yield connection


def watched(connection: Connection, work: Callable[[Lent], object], *, behind: int | None = None, of: int = 0) -> Watch:
    watch = Watch(Path(__file__), behind=behind, of=of)
    with watching(watch), lent(connection) as given:
        given.execute("SELECT 'the tool''s own'")
        migrating(work)(given)
    return watch


def in_every_way(given: Lent) -> None:
    given.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(sql.Identifier("t")), [1])
    given.cursor().executemany(b"INSERT INTO t VALUES (%s)", [[1], [2]])
    with given.cursor().copy("COPY t FROM STDIN") as copy:
        copy.write_row([1])
    with given.cursor("named") as cursor:
        cursor.execute("SELECT * FROM t")
    migrating(given.execute, own=False)("SELECT 'the tool''s own'")
    given.commit()
    given.autocommit = True
    given.execute("SELECT  'several',\n    'lines'")


def test_each_statement_is_counted(connection: Connection) -> None:
    sent = watched(connection, in_every_way).sent
    assert [(one.number, one.text[:8], one.is_open, one.is_kept, one.autocommit) for one in sent] == [
        (1, "INSERT I", True, False, False),
        (2, "INSERT I", True, False, False),
        (3, "COPY t F", True, False, False),
        (4, "SELECT *", True, True, False),
        (5, "SELECT  ", False, False, True),
    ]
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "'several" in text)
    assert sent[4].where == f"statement 5, line {line} (SELECT 'several', 'lines')"


def test_it_fails_on_the_server_and_once(connection: Connection) -> None:
    def twice(given: Lent) -> None:
        given.execute("SELECT 1")
        with pytest.raises(psycopg.errors.QueryCanceled, match="canceling statement due to user request"):
            given.execute("INSERT INTO t VALUES (1)")
        assert given.info.transaction_status == TransactionStatus.INERROR
        given.rollback()
        given.execute("INSERT INTO t VALUES (2)")
        given.commit()

    watch = watched(connection, twice, behind=1, of=2)
    assert (watch.has_failed, [one.text for one in watch.sent]) == (True, ["SELECT 1", "INSERT INTO t VALUES (2)"])
    assert connection.execute("SELECT a FROM t").fetchall() == [(2,)]


def test_behind_the_last_one_constraints_are_looked_at(connection: Connection) -> None:
    """What COMMIT would find comes first, and is a failure of the migration's own."""
    connection.execute("CREATE TABLE u (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    statement = "INSERT INTO u VALUES (1), (1)"
    with pytest.raises(psycopg.errors.UniqueViolation):
        watched(connection, lambda given: given.execute(statement), behind=1, of=1)
    assert connection.execute("SELECT a FROM u").fetchall() == []


def test_who_does_not_watch_pays_nothing(connection: Connection) -> None:
    with lent(connection) as given:
        assert type(given.cursor()) is psycopg.Cursor
