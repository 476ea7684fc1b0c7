"""What DDL can make and is not read yet: counted, never taken for absent."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from pgassay.catalog.read import read_catalog
from pgassay.catalog.unread import UNREAD, blind_spots, statement
from pgassay.conninfo import Conninfo
from tests.catalog.conftest import Subject

EVERYTHING = """
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION same(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same);
    CREATE OPERATOR FAMILY pairs USING hash;
    CREATE OPERATOR CLASS pair_ops FOR TYPE pair USING hash FAMILY pairs AS OPERATOR 1 ===;
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    CREATE COLLATION "C again" FROM "C";
    CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
    CREATE TEXT SEARCH DICTIONARY book (TEMPLATE = simple);
    CREATE TEXT SEARCH PARSER reader (
        START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
    );
    CREATE TEXT SEARCH TEMPLATE form (LEXIZE = dsimple_lexize);
    CREATE TYPE shell;
    CREATE EXTENSION citext;
"""


def counted(subject: Subject, statements: str) -> set[str]:
    """Count within a transaction that is rolled back: some of these things are the whole cluster's."""
    with subject.connection.transaction(force_rollback=True):
        subject.run(statements)
        rows = subject.connection.cursor(row_factory=dict_row).execute(statement(subject.major)).fetchall()
    return {spot.object for spot in blind_spots(rows)}


def test_everything_is_counted(subject: Subject) -> None:
    objects = counted(subject, EVERYTHING)

    not_made = {"security label on a tablespace"}
    assert objects == {f"1 {one}" for one, _, _, since in UNREAD if since <= subject.major and one not in not_made}


def test_several_are_one_blind_spot(subject: Subject) -> None:
    assert counted(subject, "CREATE TYPE one; CREATE TYPE other") == {"2 base types"}


def test_an_empty_database_has_none(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        assert read_catalog(connection).blind == ()
