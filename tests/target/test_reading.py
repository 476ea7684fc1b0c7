import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.servers.server import Server
from pgassay.target import reading

SETTINGS = "SELECT name, setting FROM pg_settings ORDER BY name"
INSIDE = {
    "search_path": "pg_catalog, pg_temp",
    "row_security": "off",
    "transaction_isolation": "repeatable read",
    "transaction_read_only": "on",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
    "bytea_output": "hex",
    "lock_timeout": "500ms",
    "statement_timeout": "7s",
    "idle_in_transaction_session_timeout": "1min",
}


def test_every_setting_holds_inside_and_none_afterwards(any_server: Server) -> None:
    with any_server.connect() as connection:
        connection.execute("SET DateStyle = 'German'; SET search_path = public; SET IntervalStyle = iso_8601")
        before = connection.execute(SETTINGS).fetchall()
        with reading(connection, lock_timeout=0.5, statement_timeout=7):
            row = connection.execute(
                "SELECT array(SELECT current_setting(n) FROM unnest(%s::text[]) n)", [[*INSIDE]]
            ).fetchone()
            assert row is not None
            assert dict(zip(INSIDE, row[0], strict=True)) == INSIDE
        assert connection.execute(SETTINGS).fetchall() == before


def test_it_cannot_write(server: Server) -> None:
    with server.connect() as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), reading(connection):
            connection.execute("CREATE TABLE t ()")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_it_is_one_snapshot(database: Conninfo) -> None:
    with (
        psycopg.connect(database.dsn, autocommit=True) as connection,
        psycopg.connect(database.dsn, autocommit=True) as other,
        reading(connection),
    ):
        count = "SELECT count(*) FROM pg_class"
        before = connection.execute(count).fetchone()
        other.execute("CREATE TABLE t ()")
        assert connection.execute(count).fetchone() == before


def test_text_of_a_database_in_sql_ascii_is_text(server: Server) -> None:
    with server.connect() as connection:
        connection.execute(
            "CREATE DATABASE pgassay_test_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            with psycopg.connect(server.at("pgassay_test_ascii").with_(client_encoding="SQL_ASCII").dsn) as inside:
                inside.autocommit = True
                with reading(inside):
                    assert inside.execute("SELECT 'é'::text, relname::text FROM pg_class LIMIT 1").fetchone()
        finally:
            connection.execute("DROP DATABASE pgassay_test_ascii WITH (FORCE)")


def test_a_transaction_that_is_open_would_swallow_it(server: Server) -> None:
    refusal = pytest.raises(UsageError, match="one is open")
    with server.connect() as connection, connection.transaction(), refusal, reading(connection):
        pass


def test_outside_autocommit_psycopg_would_begin_another(database: Conninfo) -> None:
    with (
        psycopg.connect(database.dsn) as connection,
        pytest.raises(UsageError, match="autocommit"),
        reading(connection),
    ):
        pass


def test_a_lost_connection_is_told_as_itself(database: Conninfo) -> None:
    suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
    connection = psycopg.connect(database.dsn, autocommit=True)
    with pytest.raises(psycopg.OperationalError), reading(connection):
        connection.execute(suicide)
    assert connection.closed
