"""What DDL can make and is not read yet: counted, never taken for absent."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from pgassay.catalog.read import read_catalog
from pgassay.catalog.unread import UNREAD, blind_spots, statement
from pgassay.conninfo import Conninfo
from tests.catalog.conftest import Subject

EVERYTHING = """
    CREATE TABLE t (a int, b int);
    CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING;
    CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION on_ddl();
    CREATE STATISTICS both_columns ON a, b FROM t;
    CREATE PUBLICATION news;
    CREATE SUBSCRIPTION olds CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false);
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER far FOREIGN DATA WRAPPER nothing;
    CREATE USER MAPPING FOR PUBLIC SERVER far;
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION to_int(pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE CAST (pair AS int) WITH FUNCTION to_int(pair);
    CREATE CONVERSION mine FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE FUNCTION same(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
    CREATE LANGUAGE again HANDLER plpgsql_call_handler;
    CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
    SELECT lo_create(0);
    CREATE EXTENSION citext;
    ALTER FUNCTION same(pair, pair) DEPENDS ON EXTENSION citext;
    CREATE TYPE spread AS RANGE (subtype = float8);
    COMMENT ON TYPE spread_multirange IS 'x';
    ALTER OPERATOR FAMILY text_ops USING hash ADD OPERATOR 1 = (int4, int4);
"""


def counted(subject: Subject, statements: str) -> set[str]:
    """Count within a transaction that is rolled back: some of these things are the whole cluster's."""
    with subject.connection.transaction(force_rollback=True):
        subject.run(statements)
        rows = subject.connection.cursor(row_factory=dict_row).execute(statement(subject.major)).fetchall()
    return {spot.object for spot in blind_spots(rows)}


def test_everything_is_counted(subject: Subject) -> None:
    since_15 = "GRANT SET ON PARAMETER work_mem TO PUBLIC;" if subject.major >= 15 else ""
    since_18 = "CREATE TABLE n (a int NOT NULL); COMMENT ON CONSTRAINT n_a_not_null ON n IS 'x';"
    objects = counted(subject, EVERYTHING + since_15 + (since_18 if subject.major >= 18 else ""))

    not_made = {"security label", "security label on a shared object", "tablespace"}
    assert objects == {f"1 {one}" for one, _, _, since in UNREAD if since <= subject.major and one not in not_made}


def test_what_comes_with_another_object(subject: Subject) -> None:
    counts = [
        counted(subject, f"CREATE TABLE t (a int); CREATE TYPE r AS RANGE (subtype = float8); {statement}")
        for statement in (
            "REVOKE EXECUTE ON FUNCTION r(float8, float8) FROM PUBLIC",
            "COMMENT ON FUNCTION r(float8, float8, text) IS 'x'",
            "COMMENT ON TYPE t IS 'x'",
            "REVOKE USAGE ON TYPE t FROM PUBLIC",
            "COMMENT ON TYPE t[] IS 'x'",
            "SELECT",
        )
    ]

    assert counts == [{"1 privilege or comment on what another type brings along"}] * 5 + [set()]


def test_several_are_one_blind_spot(subject: Subject) -> None:
    assert counted(subject, "CREATE PUBLICATION a; CREATE PUBLICATION b") == {"2 publications"}


def test_an_empty_database_has_none(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        assert read_catalog(connection).blind == ()
