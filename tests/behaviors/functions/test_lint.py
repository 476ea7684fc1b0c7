"""What plpgsql_check says, on a server of the machine that has it (Debian: postgresql-15-plpgsql-check)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from pgassay.behaviors.functions import try_function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding, Outcome
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.behaviors.functions.conftest import Call, facts
from tests.conftest import LOCAL

pytestmark = pytest.mark.thorough

Check = Callable[..., tuple[Finding, ...]]
HAS_IT = "SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'"
TABLES = "CREATE TABLE a (x int); CREATE TABLE b (y int);"


@pytest.fixture
def check(servers: Callable[[int], Server]) -> Iterator[Check]:
    """Have plpgsql_check look at a function of a schema; its own schema has a name that needs quotes."""
    for server in map(servers, LOCAL):
        with server.connect() as connection:
            if connection.execute(HAS_IT).fetchone() is not None:
                break
    else:
        pytest.skip("no PostgreSQL of this machine has plpgsql_check")
    name = scratch_name("lint")
    create_database(server, name)

    def run(schema: str, function: str = "f") -> tuple[Finding, ...]:
        with psycopg.connect(server.at(name).dsn, autocommit=True) as connection:
            connection.execute('CREATE SCHEMA "Lint %s"; CREATE EXTENSION plpgsql_check SCHEMA "Lint %s"')
            connection.execute(schema.encode())
        entry = FunctionBehavior(name="it", function=function, check=True)
        return try_function(entry, lambda: psycopg.connect(server.at(name).dsn))

    yield run
    drop_database(server, name)


def function(body: str, returns: str = "int", takes: str = "") -> str:
    return f"{TABLES} CREATE FUNCTION f({takes}) RETURNS {returns} LANGUAGE plpgsql AS $$ {body} $$;"


def trigger(table: str, rest: str = "BEFORE INSERT ON {} FOR EACH ROW") -> str:
    return f"CREATE TRIGGER tr {rest.format(table)} EXECUTE FUNCTION f();"


def test_nothing_to_say(check: Check) -> None:
    assert check(function("BEGIN RETURN a.x FROM a; END")) == ()


BROKEN = {
    "a column that is not there": (
        function("BEGIN RETURN (SELECT nope FROM a); END"),
        'error:42703:1:RETURN:column "nope" does not exist',
    ),
    "a table that is not there": (
        function("BEGIN DELETE FROM gone; RETURN 1; END"),
        'error:42P01:1:SQL statement:relation "gone" does not exist',
    ),
    "a variable without a use": (
        function("DECLARE u int; BEGIN RETURN 1; END"),
        'warning:00000:1:DECLARE:unused variable "u"',
    ),
    "an end without RETURN": (
        function("BEGIN IF now() IS NULL THEN RETURN 1; END IF; END"),
        "warning extra:2F005:control reached end of function without RETURN",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_it_says(check: Check, how: str) -> None:
    schema, said = BROKEN[how]
    (finding,) = check(schema)
    assert (finding.rule, finding.expected) == ("plpgsql-check", "plpgsql_check has nothing to say")
    assert finding.found.splitlines()[0] == said
    assert finding.mend == "look at function public.f()"


def test_an_error_hides_no_other(check: Check) -> None:
    (finding,) = check(function("BEGIN PERFORM one; PERFORM two; RETURN 1; END"))
    assert [line for line in finding.found.splitlines() if line.startswith("error")] == [
        'error:42703:1:PERFORM:column "one" does not exist',
        'error:42703:1:PERFORM:column "two" does not exist',
    ]


def test_a_trigger_function_is_looked_at_for_each_table(check: Check) -> None:
    (finding,) = check(function("BEGIN NEW.x := 1; RETURN NEW; END", "trigger") + trigger("a") + trigger("b"))
    assert finding.found.splitlines()[:2] == [
        "for public.b:",
        'error:42703:1:assignment:record "new" has no field "x"',
    ]


def test_transition_tables_are_there(check: Check) -> None:
    schema = function("BEGIN INSERT INTO b SELECT x FROM fresh; RETURN NULL; END", "trigger")
    rest = "AFTER INSERT ON {} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
    assert check(schema + trigger("a", rest)) == ()


def test_a_trigger_function_that_no_trigger_calls_is_blind(check: Check) -> None:
    (finding,) = check(function("BEGIN RETURN NEW; END", "trigger"))
    assert (finding.rule, finding.outcome, finding.found) == (
        "plpgsql-not-checked",
        Outcome.BLIND,
        "no trigger calls it",
    )


def test_a_version_that_cannot_be_asked_is_blind(call_on: Call) -> None:
    other = "CREATE FUNCTION plpgsql_check_function(oid) RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text';"
    (finding,) = call_on(other + function("BEGIN RETURN 1; END"), check=True)
    assert (finding.rule, finding.outcome) == ("plpgsql-not-checked", Outcome.BLIND)
    assert finding.found.startswith("it fails: function public.plpgsql_check_function(regprocedure, regclass, ")


def test_without_the_extension_it_is_blind(call_on: Call) -> None:
    findings = call_on(function("BEGIN RETURN 1; END"), check=True)
    assert (facts(findings), findings[0].outcome) == ([("plpgsql-not-checked", "it is not there")], Outcome.BLIND)
