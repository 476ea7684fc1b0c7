"""Functions that are not what they claim to be, each told apart."""

from __future__ import annotations

import pytest

from pgassay.findings import Finding
from tests.behaviors.functions.conftest import Call, facts

pytestmark = pytest.mark.thorough

TABLES = """
CREATE TABLE t (x int); CREATE SEQUENCE q;
CREATE FUNCTION w() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING 1';
"""


def function(claims: str, body: str, *, returns: str = "text", takes: str = "a text") -> str:
    return (
        f"{TABLES} CREATE FUNCTION f({takes}) RETURNS {returns} LANGUAGE plpgsql {claims} AS $$ BEGIN {body}; END $$;"
    )


@pytest.mark.parametrize(
    ("claims", "body"),
    [
        ("PARALLEL RESTRICTED", "RETURN pg_backend_pid()"),
        ("VOLATILE", "INSERT INTO t VALUES (1); RETURN random()"),
        ("STABLE PARALLEL SAFE", "RETURN (SELECT count(*) FROM t) || a || now() || current_setting('TimeZone')"),
        ("IMMUTABLE PARALLEL SAFE", "RETURN lower(a)"),
        ("IMMUTABLE PARALLEL SAFE", "BEGIN RETURN 1 / length(a); EXCEPTION WHEN division_by_zero THEN RETURN a; END"),
    ],
)
def test_what_is_what_it_claims(call_on: Call, claims: str, body: str) -> None:
    assert call_on(function(claims, body), arguments=("x",)) == ()


def test_a_stable_function_that_writes(call_on: Call) -> None:
    (finding,) = call_on(function("STABLE", "RETURN w()"), arguments=("x",))
    assert finding == Finding(
        rule="function-writes",
        object='behavior "it" of function f',
        expected="being stable, the function writes nothing",
        found="it writes: its transaction got an ID",
        mend="ALTER FUNCTION public.f(text) VOLATILE;",
    )


BROKEN = {
    "writes itself": (
        "STABLE",
        "INSERT INTO t VALUES (1)",
        ("function-writes", "INSERT is not allowed in a non-volatile function [0A000]"),
    ),
    "reads": ("IMMUTABLE", "RETURN (SELECT count(*) FROM t)", ("function-reads", "it reads t")),
    "the clock": (
        "STABLE",
        "RETURN clock_timestamp()",
        ("function-changes-its-answer", "it gives another value at once"),
    ),
    "chance": ("IMMUTABLE", "RETURN random()", ("function-changes-its-answer", "it gives another value at once")),
    "now": (
        "IMMUTABLE",
        "RETURN now()",
        ("function-changes-its-answer", "it gives another value a moment later"),
    ),
    "a system catalog": (
        "IMMUTABLE",
        "RETURN (SELECT count(*) FROM pg_class)",
        ("function-reads", "it reads pg_class"),
    ),
    "text search": (
        "IMMUTABLE",
        "RETURN to_tsvector('the cats')",
        (
            "function-depends-on-settings",
            "it gives something else under default_text_search_config = 'pg_catalog.french'",
        ),
    ),
    "a setting of one's own": (
        "IMMUTABLE",
        "RETURN current_setting('app.tenant', true)",
        ("function-depends-on-settings", "it gives something else under app.tenant = '1'"),
    ),
    "today": (
        "IMMUTABLE",
        "RETURN current_date",
        ("function-depends-on-settings", "it gives something else under TimeZone = "),
    ),
    "restricted": (
        "PARALLEL RESTRICTED",
        "RETURN nextval('q')",
        (
            "function-not-parallel-restricted",
            "it fails there: cannot execute nextval() during a parallel operation [25000]",
        ),
    ),
    "time zone": (
        "IMMUTABLE",
        "RETURN '2026-01-01 00:00+00'::timestamptz::text",
        ("function-depends-on-settings", "it gives something else under TimeZone = 'Pacific/Kiritimati'"),
    ),
    "search path": (
        "IMMUTABLE",
        "RETURN CASE WHEN a = 'x' THEN (SELECT 'd' WHERE to_regclass('t') IS NULL) END",
        ("function-depends-on-settings", "it gives something else under search_path = 'pg_catalog'"),
    ),
    "parallel": (
        "PARALLEL SAFE",
        "RETURN nextval('q')",
        ("function-not-parallel-safe", "it fails there: cannot execute nextval() during a parallel operation [25000]"),
    ),
    "parallel writes": (
        "PARALLEL SAFE",
        "RETURN w()",
        ("function-not-parallel-safe", "it fails there: cannot execute INSERT during a parallel operation [25000]"),
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_not_what_it_claims(call_on: Call, how: str) -> None:
    claims, body, (rule, found) = BROKEN[how]
    said = facts(call_on(function(claims, body), arguments=("x",)))
    assert [fact for fact in said if fact[0] == rule and fact[1].startswith(found)]


def test_a_set_that_is_another_one_each_time(call_on: Call) -> None:
    schema = "CREATE FUNCTION f() RETURNS SETOF float LANGUAGE sql STABLE AS 'SELECT random()'"
    assert facts(call_on(schema, arguments=())) == [
        ("function-changes-its-answer", "it gives another value at once"),
    ]
    rows = "CREATE FUNCTION g() RETURNS TABLE (a int, pgassay_row text) LANGUAGE sql STABLE AS $$SELECT 1, 'x'$$"
    assert call_on(rows, function="g", arguments=()) == ()


def test_arguments_mean_the_same_under_every_setting(call_on: Call) -> None:
    schema = function("IMMUTABLE", "RETURN a", takes="a timestamptz", returns="timestamptz")
    assert call_on(schema, arguments=("2026-01-02 03:04",)) == ()


def test_defaults_and_variadic(call_on: Call) -> None:
    schema = function("IMMUTABLE", "RETURN cardinality(b)", takes="a text DEFAULT 'x', VARIADIC b text[] DEFAULT '{}'")
    assert call_on(schema, arguments=()) == ()
    assert call_on("SELECT", arguments=("a", "{b,c}")) == ()


class TestNullsAreTaken:
    def test_by_one_of_the_arguments(self, call_on: Call) -> None:
        schema = function("IMMUTABLE", "RETURN coalesce(a, b)", takes="a text, b text")
        assert call_on(schema, arguments=("x", "y"), strict=False) == ()

    @pytest.mark.parametrize(
        ("claims", "found"),
        [("STRICT", "it is STRICT, and not called then"), ("", "null for any of them gives null")],
    )
    def test_by_none(self, call_on: Call, claims: str, found: str) -> None:
        (finding,) = call_on(
            function(claims, "RETURN a || b", takes="a text, b text"), arguments=("x", "y"), strict=False
        )
        assert (finding.rule, finding.found, finding.mend) == (
            "function-strict",
            found,
            "ALTER FUNCTION public.f(text, text) CALLED ON NULL INPUT;",
        )


class TestStrict:
    def test_null_for_null(self, call_on: Call) -> None:
        assert call_on(function("STRICT", "RETURN 'a'"), arguments=("x",), strict=True) == ()
        schema = "CREATE FUNCTION g(text) RETURNS text LANGUAGE sql AS 'SELECT lower($1)'"
        assert call_on(schema, function="g", arguments=("x",), strict=True) == ()

    @pytest.mark.parametrize(
        ("body", "found"),
        [("RETURN 'a'", "it gives a value"), ("ASSERT a IS NOT NULL; RETURN a", "it fails: assertion failed [P0004]")],
    )
    def test_something_for_null(self, call_on: Call, body: str, found: str) -> None:
        (finding,) = call_on(function("", body), arguments=("x",), strict=True)
        assert (finding.rule, finding.expected, finding.found, finding.mend) == (
            "function-not-strict",
            "null for argument 1 gives null",
            found,
            "ALTER FUNCTION public.f(text) STRICT;",
        )
