"""What DDL can make and is not read yet: counted, never taken for absent."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from pgassay.catalog.read import read_catalog
from pgassay.catalog.unread import UNREAD, blind_spots, statement
from pgassay.conninfo import Conninfo
from tests.catalog.conftest import Subject

EVERYTHING = """
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER far FOREIGN DATA WRAPPER nothing;
    CREATE USER MAPPING FOR PUBLIC SERVER far;
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION to_int(pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE CAST (pair AS int) WITH FUNCTION to_int(pair);
    CREATE CONVERSION mine FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE FUNCTION same(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same);
    CREATE OPERATOR FAMILY pairs USING hash;
    CREATE OPERATOR CLASS pair_ops FOR TYPE pair USING hash FAMILY pairs AS OPERATOR 1 ===;
    CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    CREATE COLLATION "C again" FROM "C";
    CREATE LANGUAGE again HANDLER plpgsql_call_handler;
    CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
    CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
    CREATE TEXT SEARCH DICTIONARY book (TEMPLATE = simple);
    CREATE TEXT SEARCH PARSER reader (
        START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
    );
    CREATE TEXT SEARCH TEMPLATE form (LEXIZE = dsimple_lexize);
    CREATE TYPE shell;
    SELECT lo_create(0);
    CREATE EXTENSION citext;
    INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
        SELECT oid, 'pg_tablespace'::regclass, 'anon', 'x' FROM pg_tablespace WHERE spcname = 'pg_default';
    CREATE TYPE spread AS RANGE (subtype = float8);
"""


def counted(subject: Subject, statements: str) -> set[str]:
    """Count within a transaction that is rolled back: some of these things are the whole cluster's."""
    with subject.connection.transaction(force_rollback=True):
        subject.run(statements)
        rows = subject.connection.cursor(row_factory=dict_row).execute(statement(subject.major)).fetchall()
    return {spot.object for spot in blind_spots(rows)}


def test_everything_is_counted(subject: Subject) -> None:
    since_15 = "GRANT SET ON PARAMETER work_mem TO PUBLIC;" if subject.major >= 15 else ""
    objects = counted(subject, EVERYTHING + since_15)

    assert objects == {f"1 {one}" for one, _, _, since in UNREAD if since <= subject.major and one != "tablespace"}


def test_several_are_one_blind_spot(subject: Subject) -> None:
    assert counted(subject, "SELECT lo_create(0); SELECT lo_create(0)") == {"2 large objects"}


def test_an_empty_database_has_none(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        assert read_catalog(connection).blind == ()
