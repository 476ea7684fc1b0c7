from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from pgassay.conninfo import Conninfo
from pgassay.migrations.lending import lent
from pgassay.migrations.send import Connection


@pytest.fixture
def connection(database: Conninfo) -> Iterator[Connection]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection


def test_one_session_two_ways_to_be_used(connection: Connection) -> None:
    with lent(connection) as given:
        given.row_factory = dict_row
        given.adapters.register_loader("int4", psycopg.types.string.TextLoader)
        assert given.execute("SELECT pg_backend_pid() = 0 AS no, 1 AS one").fetchone() == {"no": False, "one": "1"}
        assert given.info.backend_pid == connection.info.backend_pid
        given.rollback()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_closing_it_closes_nothing_and_commits_nothing(connection: Connection) -> None:
    with lent(connection) as given:
        given.execute("CREATE TABLE t ()")
        given.close()
        assert given.closed
    assert not connection.closed
    assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_notices_stay_the_lenders(connection: Connection) -> None:
    told: list[str | None] = []
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    with lent(connection) as given:
        given.execute("DO $$ BEGIN RAISE NOTICE 'here'; END $$")
        given.commit()
    assert told == ["here"]
