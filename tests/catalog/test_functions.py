"""What is read of functions and procedures, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.named import UnknownNameError
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (a int);
        CREATE FUNCTION add(a int, b int DEFAULT 1 + 1, VARIADIC rest text[] DEFAULT '{}') RETURNS int
            LANGUAGE sql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 5 SET search_path = pg_catalog, public
            AS 'SELECT a + b';
        CREATE FUNCTION rows() RETURNS SETOF t LANGUAGE sql ROWS 7 SECURITY DEFINER BEGIN ATOMIC SELECT a FROM t; END;
        CREATE FUNCTION over() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION over(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE PROCEDURE work(IN a int, INOUT b text) LANGUAGE plpgsql AS 'BEGIN b = a::text; END';
        CREATE FUNCTION rank_of() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
        CREATE TYPE floats AS RANGE (subtype = float8);
    """)


def test_every_attribute(subject: Subject) -> None:
    function = subject.read().function("add")

    assert function.identity == ("public", "add", "integer, integer, text[]")
    assert {**function.attributes, "privileges": sorted(map(str, function.privileges))} == {
        "function_kind": "function",
        "signature": "a integer, b integer DEFAULT (1 + 1), VARIADIC rest text[] DEFAULT '{}'::text[]",
        "result": "integer",
        "language": "sql",
        "body": "SELECT a + b",
        "binary": None,
        "volatility": "immutable",
        "strict": True,
        "security_definer": False,
        "leakproof": True,
        "parallel": "safe",
        "cost": 5.0,
        "rows": 0.0,
        "support": None,
        "settings": {"search_path": "pg_catalog, public"},
        "owner": "postgres",
        "privileges": ["EXECUTE to PUBLIC", "EXECUTE to postgres"],
        "comment": None,
        "transforms": (),
    }


def test_a_body_of_the_sql_standard(subject: Subject) -> None:
    function = subject.read().function("rows")

    assert (function.result, function.rows, function.security_definer) == ("SETOF public.t", 7.0, True)
    assert function.body.split() == ["BEGIN", "ATOMIC", "SELECT", "t.a", "FROM", "public.t;", "END"]
    assert "BEGIN ATOMIC" in function.definition


def test_procedures_and_window_functions(subject: Subject) -> None:
    catalog = subject.read()

    work = catalog.function("work")
    assert (work.label, work.result) == ("procedure public.work(integer, text)", None)
    assert work.signature == "IN a integer, INOUT b text"
    assert catalog.function("rank_of").label == "window function public.rank_of()"


def test_overloads(subject: Subject) -> None:
    catalog = subject.read()

    assert catalog.function("over", "integer").arguments == "integer"
    with pytest.raises(UnknownNameError, match='more than one function is called "over"'):
        catalog.function("over")


def test_what_a_range_type_brings_along_is_no_function(subject: Subject) -> None:
    with pytest.raises(UnknownNameError):
        subject.read().function("floats")


def test_line_ends_do_not_count(subject: Subject) -> None:
    body = "BEGIN\n  RETURN 1;\nEND"
    subject.run(f"CREATE FUNCTION lines() RETURNS int LANGUAGE plpgsql AS '{body}'")
    text = body.replace("\n", "\r\n")

    assert subject.changes(f"CREATE OR REPLACE FUNCTION lines() RETURNS int LANGUAGE plpgsql AS '{text}'") == {}


@pytest.mark.parametrize(
    ("action", "attribute", "before", "after"),
    [
        ("STABLE", "volatility", "volatile", "stable"),
        ("STRICT", "strict", False, True),
        ("SECURITY DEFINER", "security_definer", False, True),
        ("LEAKPROOF", "leakproof", False, True),
        ("PARALLEL RESTRICTED", "parallel", "unsafe", "restricted"),
        ("COST 7", "cost", 100.0, 7.0),
        ("SET work_mem = '8MB'", "settings", {}, {"work_mem": "8MB"}),
    ],
)
def test_one_change_is_one_attribute(
    subject: Subject, action: str, attribute: str, before: object, after: object
) -> None:
    changes = subject.changes(f"ALTER FUNCTION over() {action}")

    assert changes == {"function public.over()": {attribute: (before, after)}}


def test_privileges_and_owner(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.changes(
        f"REVOKE EXECUTE ON FUNCTION over(int) FROM PUBLIC; ALTER FUNCTION over(int) OWNER TO {owner}"
    )
    function = subject.read().function("over", "integer")
    subject.run(f"REASSIGN OWNED BY {owner} TO postgres")

    assert set(changes["function public.over(integer)"]) == {"privileges", "owner"}
    assert [str(grant) for grant in function.privileges] == [f"EXECUTE to {owner}"]


@pytest.mark.parametrize(
    "function",
    [
        "FUNCTION odd() RETURNS text LANGUAGE sql AS ''",
        "FUNCTION odd() RETURNS text LANGUAGE sql AS $$ SELECT '$function$ $functionx$ function' $$",
        "FUNCTION odd(int, int) RETURNS int LANGUAGE internal AS 'int4pl'",
        "FUNCTION odd() RETURNS int LANGUAGE sql RETURN 1",
        'FUNCTION odd() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS "a$function$"; END',
        "PROCEDURE odd() LANGUAGE sql AS $$ SELECT '$procedure$' $$",
    ],
)
def test_head_and_body_are_the_definition(subject: Subject, function: str) -> None:
    subject.run(f"SET check_function_bodies = off; CREATE {function}; SET search_path = ''")
    found = subject.connection.execute("SELECT pg_get_functiondef('public.odd'::regproc)").fetchone()
    subject.run("RESET search_path")

    read = subject.read().function("odd")
    assert (f"{read.definition}\n",) == found
    assert len(read.head) + len(read.body) <= len(read.definition)
    subject.run("DROP ROUTINE odd")
