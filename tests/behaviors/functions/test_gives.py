from __future__ import annotations

import pytest

from pgassay.contract.behavior import Gives, Rejects
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.functions.conftest import Call, facts

SLUG = """
CREATE FUNCTION f(title text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF title = '' THEN RAISE 'empty' USING ERRCODE = '22023'; END IF;
    RETURN {job};
END $$;
"""
GOOD = SLUG.format(job="replace(lower(title), ' ', '-')")
ARGUMENTS = ("Hello World",)
HELLO = Gives(rows=("hello-world",))


def test_what_it_gives(call_on: Call) -> None:
    assert call_on(GOOD, arguments=ARGUMENTS, expect=HELLO) == ()
    assert (
        call_on("SELECT", call="SELECT f('A') UNION ALL SELECT f(NULL) IS NULL || ''", expect=Gives(rows=("a", "true")))
        == ()
    )


def test_what_it_raises(call_on: Call) -> None:
    assert call_on(GOOD, arguments=("",), expect=Rejects(sqlstate="22023")) == ()


def test_a_function_that_forgets_its_job(call_on: Call) -> None:
    (finding,) = call_on(SLUG.format(job="lower(title)"), arguments=ARGUMENTS, expect=HELLO)
    assert finding == Finding(
        rule="function-gives-otherwise",
        object='behavior "it" of function f',
        expected="the call gives 'hello-world'",
        found="it gives 'hello world'",
        mend="look at function public.f(text)",
    )


BROKEN = {
    "null": (SLUG.format(job="NULL"), ARGUMENTS, HELLO, ("function-gives-otherwise", "it gives null")),
    "fails": (
        SLUG.format(job="nonsense"),
        ARGUMENTS,
        HELLO,
        ("call-fails", 'column "nonsense" does not exist [42703]'),
    ),
    "takes what it must not": (
        SLUG.format(job="title").replace("= ''", "IS NULL"),
        ("",),
        Rejects(sqlstate="22023"),
        ("call-not-rejected", "it gives ''"),
    ),
    "raises otherwise": (
        GOOD.replace("22023", "22000"),
        ("",),
        Rejects(sqlstate="22023"),
        ("call-rejected-otherwise", "empty [22000]"),
    ),
    "gone": (GOOD + "DROP FUNCTION f", ARGUMENTS, HELLO, ("behavior-object-missing", "there is none")),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_do_its_job(call_on: Call, how: str) -> None:
    schema, arguments, expect, fact = BROKEN[how]
    assert facts(call_on(schema, arguments=arguments, expect=expect)) == [fact]


@pytest.mark.parametrize(
    ("type_name", "value", "said"),
    [
        ("boolean", "true", "true"),
        ("numeric(6,2)", "1.50", "1.50"),
        ("jsonb", '{"b": 1, "a": 2}', '{"a":2,"b":1}'),
        ("timestamptz", "2026-01-01 00:00+00", "2026-01-01T01:00:00+01:00"),
        ("int[]", "{1,2}", "{1, 2}"),
    ],
)
def test_values_are_compared_as_their_type(call_on: Call, type_name: str, value: str, said: str) -> None:
    schema = f"CREATE FUNCTION f(a {type_name}) RETURNS {type_name} LANGUAGE sql AS 'SELECT a'"
    assert call_on(schema, arguments=(value,), expect=Gives(rows=(said,))) == ()


def test_rows(call_on: Call) -> None:
    schema = "CREATE FUNCTION f(int) RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT generate_series(1, $1)'"
    assert call_on(schema, arguments=("2",), expect=Gives(rows=("1", "2"))) == ()
    assert call_on("SELECT", arguments=("0",), expect=Gives(rows=())) == ()
    (finding,) = call_on("SELECT", arguments=("12",), expect=Gives(rows=("1",)))
    assert finding.found == "it gives '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', and 2 more"


def test_a_row_of_several_columns(call_on: Call) -> None:
    schema = "CREATE FUNCTION f() RETURNS TABLE (a int, b text) STABLE LANGUAGE sql AS $$SELECT 1, 'x'$$"
    assert call_on(schema, arguments=(), expect=Gives(rows=("(1,x)",))) == ()


def test_a_call_by_way_of_something_else(call_on: Call) -> None:
    """What calls the function is gone without it: a view, and a trigger on what is written."""
    schema = """
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 7'; CREATE VIEW v AS SELECT f() AS x;
    CREATE TABLE t (x int DEFAULT f());
    """
    assert call_on(schema, call="SELECT x FROM v", expect=Gives(rows=("7",))) == ()
    assert call_on("SELECT", call="INSERT INTO t DEFAULT VALUES RETURNING x", expect=Gives(rows=("7",))) == ()


def test_procedures_and_what_was_given(call_on: Call) -> None:
    schema = """
    CREATE TABLE t (x int);
    CREATE PROCEDURE f(int) LANGUAGE plpgsql AS $$ BEGIN ASSERT (SELECT x FROM t) = $1; END $$
    """
    assert call_on(schema, arguments=("1",), given="INSERT INTO t VALUES (1)") == ()
    assert facts(call_on("SELECT", arguments=("2",))) == [("call-fails", "assertion failed [P0004]")]


def test_odd_names_and_types(call_on: Call) -> None:
    name, quoted = 'Ünï."c\'(ode" 🦉 % {}', '"Ünï.""c\'(ode"" 🦉 % {}"'
    schema = f"""
    CREATE SCHEMA {quoted}; CREATE DOMAIN {quoted}.{quoted} AS text;
    CREATE FUNCTION {quoted}.{quoted}({quoted}.{quoted}) RETURNS {quoted}.{quoted} LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION {quoted}.{quoted}(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    """
    function = f"{quoted}.{quoted}({quoted}.{quoted})"
    assert facts(call_on(schema, function=function, arguments=(name,), expect=Gives(rows=(name,)))) == []


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ("g", "there is none"),
        ("public.ff", "there is none; near: public.f(integer), public.f(text)"),
        ("f", "there are several: public.f(integer), public.f(text)"),
        ("f(date)", "there is none; near: public.f(integer), public.f(text)"),
        ("f(dat)", "there is none; near: public.f(integer), public.f(text)"),  # up to 15 the type is named before it
        (
            "total",
            "it is an aggregate: entries are about functions and procedures, of which one that calls it can be tried",
        ),
    ],
)
def test_what_is_not_there(call_on: Call, function: str, found: str) -> None:
    schema = f"""{GOOD} CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)"""
    (finding,) = call_on(schema, function=function, arguments=("1",))
    assert finding.rule == "behavior-object-missing"
    assert finding.found.removeprefix('type "dat" does not exist [42704]; ') == found


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"call": "SELECT 1, 2", "expect": HELLO}, '"gives": the call gives 2 columns'),
        ({"call": "SELECT 1", "expect": HELLO}, '"gives": of type integer: invalid input syntax'),
        ({"arguments": ("x",), "given": "nonsense"}, '"given": fails: syntax error'),
        ({"arguments": ("x",), "function": "tr"}, r'"function": function public\.tr\(\) is called by triggers alone'),
        (
            {"arguments": ("a", "b")},
            r'"arguments": there are 2, and it takes 1\nhint: correct them: function public\.f',
        ),
        (
            {"function": '"any"', "arguments": ("x",)},
            r'"arguments": could not determine polymorphic .*\nhint: say "call"',
        ),
        ({"function": "n", "arguments": ("x",)}, '"arguments": invalid input syntax for type integer: "x"'),
        ({"function": "p", "arguments": ("1",), "strict": True}, r'"strict": procedure public\.p\(integer\) gives'),
        ({"call": "SELECT fn('x')"}, r'"call": function fn\(unknown\) does not exist \[42883\]\nhint: near: n, f'),
        ({"call": "SELECT 'a'", "expect": Gives(rows=("a",))}, r'"call": comes to the same without function public\.f'),
        ({"call": "SELECT 1 / 0", "expect": Rejects(sqlstate="22012")}, '"call": comes to the same without function'),
        ({"check": True, "function": "s"}, r'"check": function public\.s\(\) is written in sql'),
    ],
)
def test_what_can_never_be_tried(call_on: Call, said: dict[str, object], problem: str) -> None:
    schema = (
        GOOD
        + """
    CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION s() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION "any"(anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION n(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
    CREATE PROCEDURE p(int) LANGUAGE sql AS 'SELECT $1'
    """
    )
    with pytest.raises(ContractError, match=problem):
        call_on(schema, **said)
