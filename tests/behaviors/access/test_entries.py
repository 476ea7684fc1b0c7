"""`[[access]]` entries about privileges: each mistake has a finding of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.behaviors.access.declared import Declared
from pgassay.behaviors.access.entries import check_entries, look_up
from pgassay.behaviors.access.least import unneeded
from pgassay.behaviors.access.objects import pattern_of
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import AccessBehavior, Privileges
from pgassay.findings import Finding, Outcome
from tests.behaviors.access.conftest import Build, Connection
from tests.catalog.samples import sample

pytestmark = pytest.mark.thorough

SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, hash text); ALTER TABLE users OWNER TO boss;
GRANT SELECT, INSERT ON users TO app; GRANT SELECT (id) ON users TO "R. ""x"" 😀";
CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f FROM PUBLIC;
"""
HASH = AccessBehavior(name="hash", on=("users(hash)",), expect=Privileges(can={"app": ("SELECT",)}, nobody_else=True))


def entry(*on: str, nobody_else: bool = False, cannot: dict[str, tuple[str, ...]] | None = None, **can: str):  # type: ignore[no-untyped-def]
    expect = Privileges(
        can={role: tuple(words.split(", ")) for role, words in can.items()},
        cannot=cannot or {},
        nobody_else=nobody_else,
    )
    return AccessBehavior(name="it", on=on or ("users",), expect=expect)


ODD = AccessBehavior(name="odd", on=("users(id)",), expect=Privileges(can={'R. "x" 😀': ("SELECT",)}))
ONLY = entry(app="SELECT, INSERT", nobody_else=True)


def found(connection: Connection, *entries: AccessBehavior, acting: bool = True) -> list[Finding]:
    return check_entries(entries, connection, read_catalog(connection), acting=acting)


def facts(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.object, finding.found) for finding in findings]


@pytest.mark.parametrize("acting", [True, False])
def test_what_is_as_it_is_said(build: Build, acting: bool) -> None:
    assert found(build(SCHEMA), ONLY, ODD, HASH, acting=acting) == []


def test_the_read_only_role_of_one_column_is_somebody_else(build: Build) -> None:
    (finding,) = found(build(SCHEMA), ONLY)
    assert finding == Finding(
        rule="access-allowed",
        object='behavior "it": table public.users for role "R. ""x"" 😀"',
        expected="SELECT (id) is denied",
        found="SELECT (id): it succeeds, granted",
        mend='REVOKE SELECT (id) ON TABLE public.users FROM "R. ""x"" 😀";',
    )


BROKEN = {
    "REVOKE INSERT ON users FROM app": (
        "access-denied",
        "role app",
        "INSERT: permission denied for table users [42501]",
        "GRANT INSERT ON TABLE public.users TO app;",
    ),
    "GRANT DELETE ON users TO app": (
        "access-allowed",
        "role app",
        "DELETE: it succeeds, granted",
        "REVOKE DELETE ON TABLE public.users FROM app;",
    ),
    "GRANT SELECT ON users TO PUBLIC": (
        "access-allowed",
        "PUBLIC",
        "SELECT: it succeeds, PUBLIC",
        "REVOKE SELECT ON TABLE public.users FROM PUBLIC;",
    ),
    "GRANT UPDATE ON users TO staff; REVOKE staff FROM app": (
        "access-allowed",
        "role staff",
        "UPDATE: it succeeds, granted",
        "REVOKE UPDATE ON TABLE public.users FROM staff;",
    ),
    "REVOKE staff FROM app; GRANT boss TO staff": (
        "access-allowed",
        "role staff",
        None,
        "REVOKE boss FROM staff;",
    ),
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;"
    "CREATE TRIGGER no BEFORE INSERT ON users EXECUTE FUNCTION no()": (
        "access-fails",
        "role app",
        "INSERT: append only [P0001]",
        "the privilege is there: look at the schema, the triggers, and what the object uses with its owner's rights",
    ),
    "CREATE SCHEMA s; ALTER TABLE users SET SCHEMA s": (
        "access-denied",
        "role app",
        "SELECT: permission denied for schema s [42501]\nINSERT: permission denied for schema s [42501]",
        "the privilege is there: look at the schema, the triggers, and what the object uses with its owner's rights",
    ),
}
UNDO = "GRANT staff TO app; REVOKE boss FROM staff"


@pytest.mark.parametrize("change", BROKEN)
def test_a_grant_that_is_wrong(build: Build, change: str) -> None:
    connection = build(SCHEMA + change)
    try:
        (finding,) = [one for one in found(connection, ONLY, ODD) if "R. " not in one.object]
    finally:
        connection.execute(UNDO.encode())
    rule, role, said, mend = BROKEN[change]
    table = "s.users" if "SCHEMA" in change else "public.users"
    assert (finding.rule, finding.object, finding.mend) == (rule, f'behavior "it": table {table} for {role}', mend)
    assert said is None or finding.found == said


def test_a_column_that_the_others_may_not_see(build: Build) -> None:
    connection = build(SCHEMA + 'GRANT SELECT ON users TO "R. ""x"" 😀"')
    assert facts(found(connection, HASH, entry(app="INSERT"))) == [
        (
            "access-allowed",
            'behavior "hash": table public.users for role "R. ""x"" 😀"',
            "SELECT (hash): it succeeds, granted",
        )
    ]


def test_all_is_what_somebody_can_do_with_such_an_object(build: Build) -> None:
    schema = (
        "CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE t (a int); GRANT ALL ON v, t TO app; ALTER VIEW v OWNER TO app;"
    )
    both = [entry("v", app="ALL", nobody_else=True), entry("t", app="ALL", nobody_else=True)]
    connection = build(schema)
    assert found(connection, *both) == []
    assert facts(found(connection, entry("v", app="TRUNCATE"))) == [
        ("access-fails", 'behavior "it": view public.v for role app', 'TRUNCATE: "v" is not a table [42809]')
    ]
    connection.execute("REVOKE TRUNCATE ON t FROM app")
    assert [finding.expected for finding in found(connection, *both)] == ["TRUNCATE succeeds"]


def test_all_is_not_what_a_trigger_keeps_from_being_done(build: Build) -> None:
    change = """
        GRANT ALL ON users TO app;
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
        CREATE TRIGGER no BEFORE DELETE ON users EXECUTE FUNCTION no()
    """
    assert facts(found(build(SCHEMA + change), entry(app="ALL"))) == [
        ("access-fails", 'behavior "it": table public.users for role app', "DELETE: append only [P0001]")
    ]


def test_what_cannot_be_tried_is_blind_where_it_is_named(build: Build) -> None:
    connection = build("CREATE TABLE t (); GRANT ALL ON t TO app")
    assert found(connection, entry("t", app="ALL")) == []
    (finding,) = found(connection, entry("t", app="SELECT, UPDATE"))
    assert (finding.rule, finding.found, finding.outcome) == (
        "access-untried",
        "UPDATE: it has no column",
        Outcome.BLIND,
    )


def test_a_sequence_that_may_be_looked_at_is_not_one_that_may_be_used(build: Build) -> None:
    connection = build("CREATE SEQUENCE q; GRANT USAGE ON q TO app; GRANT SELECT ON q TO boss")
    assert found(connection, entry("sequence q", app="USAGE", boss="SELECT", nobody_else=True)) == []


def test_what_a_role_cannot_do(build: Build) -> None:
    called = entry("function f(integer, text)", cannot={"app": ("EXECUTE",)})
    (finding,) = found(build(SCHEMA), called, entry(cannot={"app": ("INSERT",)}))
    assert finding.found == "INSERT: it succeeds, granted"


MISTAKES: dict[tuple[str, ...], tuple[str, str]] = {
    ("user",): ("behavior-object-missing", "there is none; near it: table public.users"),
    ("public.user",): ("behavior-object-missing", "there is none; near it: table public.users"),
    ("users(hsh)",): ("behavior-object-missing", "there is none; there are: hash"),
    ("function g()",): ("behavior-object-missing", "there is none"),
    ("function f(int4)",): ("behavior-object-missing", "there is none; near it: function public.f(integer, text)"),
    ("users extra",): ("behavior-object-missing", 'that is no name: write it as in SQL, such as "public.users"'),
    ("function f",): (
        "behavior-untried",
        'behavior "it", "can": there is no SELECT on function public.f(integer, text)',
    ),
}


@pytest.mark.parametrize("on", MISTAKES)
def test_an_entry_that_is_a_mistake(build: Build, on: tuple[str, ...]) -> None:
    (finding,) = found(build(SCHEMA), entry(*on, app="SELECT"))
    assert (finding.rule, finding.found) == MISTAKES[on]


def test_a_role_that_is_not_there_and_is_denied(build: Build) -> None:
    (finding,) = found(build(SCHEMA), entry(cannot={"ap": ("SELECT",)}))
    assert (finding.rule, finding.found) == ("behavior-untried", 'behavior "it", "cannot": there is no role ap')


def test_a_role_that_is_not_there(build: Build) -> None:
    (finding,) = found(build(SCHEMA), entry(ap="SELECT"))
    assert (finding.rule, finding.found) == ("behavior-untried", 'behavior "it", "can": there is no role ap')
    assert finding.mend.startswith("near it: app")


ON = {
    "users": ["table public.users"],
    "PUBLIC.Users": ["table public.users"],
    "table users": ["table public.users"],
    "public.*": ["materialized view public.m", "table public.users", 'view public."B. ""x"" 😀"', "sequence public.q"],
    '"B. ""x"" 😀"': ['view public."B. ""x"" 😀"'],
    "function f(integer,text)": ["function public.f(integer, text)"],
    "function f*": ["function public.f(integer, text)"],
    "schema public": ["schema public"],
    "type mood": ["enum public.mood"],
    "database": ["database"],
    "view schema": [],
}


MORE = """
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE VIEW "B. ""x"" 😀" AS SELECT 1 AS a;
CREATE SEQUENCE q; CREATE TYPE mood AS ENUM ();
"""


@pytest.mark.parametrize("text", ON)
def test_how_objects_are_named(build: Build, text: str) -> None:
    connection = build(SCHEMA + MORE)
    asked, _ = look_up([entry(text, nobody_else=True)], Declared(read_catalog(connection)))
    assert [record.label for one in asked for record, _ in one.on] == ON[text]


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_any_name_in_quotes_is_that_name_alone(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    pattern = pattern_of(f'"S. x".{quoted}')
    assert pattern.matches(sample(Table, schema="S. x", name=name))
    assert not pattern.matches(sample(Table, schema="S. x", name=f"{name}x"))
    assert not pattern.open


def test_two_of_one_name(build: Build) -> None:
    (finding,) = found(build(SCHEMA + "CREATE SCHEMA s; CREATE TABLE s.users ()"), entry(app="SELECT"))
    assert finding.found == "there are several: table public.users, table s.users"


OTHERS = "database, schema public, table public.t, function public.f(integer, text)"


def test_what_no_entry_needs(build: Build) -> None:
    catalog = read_catalog(build(SCHEMA + "CREATE TABLE t (); GRANT TRUNCATE ON users TO PUBLIC"))
    asked, _ = look_up([entry(app="SELECT")], Declared(catalog))
    assert list(unneeded(asked, catalog)) == [
        "granted, and needed by no entry: TRUNCATE on table public.users to PUBLIC",
        'granted, and needed by no entry: SELECT (id) on table public.users to role "R. ""x"" 😀"',
        "granted, and needed by no entry: INSERT on table public.users to role app",
        f"no [[access]] entry with privileges is on: {OTHERS}",
    ]
