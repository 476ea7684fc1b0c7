"""What DDL can make and is not read yet: counted, never taken for absent."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import dict_row

from pgassay.catalog.read import read_catalog
from pgassay.catalog.unread import UNREAD, blind_spots, statement
from pgassay.conninfo import Conninfo
from tests.catalog.conftest import Subject

EVERYTHING = """
    INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
        SELECT oid, 'pg_tablespace'::regclass, 'anon', 'x' FROM pg_tablespace WHERE spcname = 'pg_default';
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
    objects = counted(subject, EVERYTHING)

    assert objects == {f"1 {one}" for one, _, _, since in UNREAD if since <= subject.major}


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

    assert counts == [{"1 owner, privilege or comment of what another type brings along"}] * 5 + [set()]


def test_several_are_one_blind_spot(subject: Subject) -> None:
    added = """
        ALTER OPERATOR FAMILY text_ops USING hash ADD OPERATOR 1 = (int4, int4), FUNCTION 1 (int4, int4) hashint4(int4)
    """
    assert counted(subject, added) == {"2 members added to operator families of PostgreSQL's own or of extensions"}


def test_what_a_user_made_in_an_extensions_family(subject: Subject) -> None:
    bare = "CREATE EXTENSION btree_gist;"
    family = "ALTER OPERATOR FAMILY gist_text_ops USING gist ADD"
    function = "CREATE FUNCTION same(text, text) RETURNS bool LANGUAGE sql RETURN $1 = $2;"
    operator = f"{function} CREATE OPERATOR === (FUNCTION = same, LEFTARG = text, RIGHTARG = text);"

    assert counted(subject, bare) == set()
    assert counted(subject, f"{bare} {operator} {family} OPERATOR 66 === (text, text)") == {
        "1 member added to an operator family of PostgreSQL's own or of an extension"
    }


def test_a_multirange_that_was_given_away_alone(subject: Subject) -> None:
    role = subject.role("another")
    given = f"CREATE TYPE r AS RANGE (subtype = float8); ALTER TYPE r_multirange OWNER TO {role}"
    if subject.major >= 17:
        with pytest.raises(psycopg.errors.WrongObjectType, match="cannot alter multirange type"):
            counted(subject, given)
    else:
        assert counted(subject, given) == {"1 owner, privilege or comment of what another type brings along"}


def test_an_empty_database_has_none(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        assert read_catalog(connection).blind == ()
