"""Which statements are taken back together, and that they are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Piece, Script
from pgassay.migrations.rehearsal import rehearse, statements_of

TWO = "SELECT 1;\nSELECT 2;"


def of(*pieces: Piece, transaction: bool = True, pipeline: bool = False) -> list[tuple[str, int]]:
    found = statements_of(Script(sql="", transaction=transaction, pieces=pieces, pipeline=pipeline))
    return [(piece.sql, piece.line) for piece in found]


def test_a_query_of_a_tools_is_cut_into_its_statements() -> None:
    assert of(Piece(TWO, 7), Piece("SELECT 3", 9)) == [("SELECT 1;", 7), ("SELECT 2;", 8), ("SELECT 3", 9)]
    assert of(Piece(TWO), transaction=False) == [("SELECT 1;", 1), ("SELECT 2;", 2)]
    assert of(Piece(f"BEGIN; {TWO}")) == [("BEGIN;", 1), ("SELECT 1;", 1), ("SELECT 2;", 2)]


def test_what_cannot_be_cut_stays_whole() -> None:
    assert of(Piece("SELECT '; SELECT 2")) == [("SELECT '; SELECT 2", 1)]
    assert of(Piece("COPY t FROM stdin", rows="1\n")) == [("COPY t FROM stdin", 1)]


def test_our_own_is_cut_and_knows_its_lines() -> None:
    found = statements_of(Script(sql=TWO, line=4))
    assert [(piece.sql, piece.line) for piece in found] == [("SELECT 1;", 4), ("SELECT 2;", 5)]


def test_what_is_not_taken_back_together() -> None:
    assert of(Piece("SELECT 1"), Piece("SELECT 2"), transaction=False) == []
    assert of(Piece("CREATE INDEX CONCURRENTLY i ON t (a)"), transaction=False) == []
    assert of(Piece(f"{TWO} COMMIT;")) == of(Piece(f"BEGIN; {TWO}"), transaction=False) == []
    assert of(Piece(TWO), transaction=False, pipeline=True) == []
    assert statements_of(Script(sql="x = 1", run=lambda _: None)) == ()


@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_nothing_stays_wherever_it_stops(database: Conninfo, stop_at: int) -> None:
    pieces = [Piece(f"CREATE TABLE t{n} ()") for n in (1, 2)]
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        with closing(rehearse(connection, pieces, path=Path("m.sql"))) as rehearsal:
            for n, _ in enumerate(rehearsal, 1):
                if n == stop_at:
                    break
        assert connection.execute("SELECT FROM pg_class WHERE relname IN ('t1', 't2')").fetchall() == []
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_statement_that_fails_is_named(database: Conninfo) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection, pytest.raises(ScriptError) as caught:
        list(rehearse(connection, [Piece("SELECT 1"), Piece("SELECT 1 / 0", 2)], path=Path("m.sql")))
    assert caught.value.message == '"m.sql", line 2: division by zero'
