"""What a role can do: how the answer reads, what may be asked about, and what an error offers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from pgassay.catalog.actors import RoleFacade
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import Enum
from pgassay.catalog.named import UnknownNameError
from pgassay.catalog.record import RoleName
from pgassay.errors import BlindError
from tests.catalog.samples import grant, sample


def role(name: str, **values: Any) -> Role:
    return sample(Role, **{"name": RoleName(name), "inherit": True, **values})


def member(name: str, of: str, **values: Any) -> Membership:
    return sample(
        Membership, **{"role": of, "member": name, "grantor": "postgres", "inherit": True, "set": True, **values}
    )


CATALOG = Catalog.of(
    18,
    [
        *map(role, ("app", "reader", "staff", "A b", "boss")),
        role("root", superuser=True),
        member("app", "staff"),
        member("staff", "reader"),
        member("boss", "reader", inherit=False),
        member("A b", "pg_read_all_data"),
        sample(Database, owner="boss", privileges=frozenset({grant("CONNECT PUBLIC")})),
        sample(Schema, schema="public", privileges=frozenset({grant("USAGE PUBLIC")})),
        sample(Schema, schema="audit", owner="boss"),
        sample(
            Table,
            name="users",
            owner="boss",
            columns=("id", "email"),
            privileges=frozenset({grant("SELECT reader"), grant("INSERT boss"), grant("DELETE PUBLIC")}),
        ),
        sample(Table, schema="audit", name="log", privileges=frozenset({grant("INSERT staff")})),
        sample(Column, name="email", privileges=frozenset({grant("UPDATE app"), grant("REFERENCES staff")})),
        sample(Column, name="id"),
        sample(Sequence, name="log", privileges=frozenset({grant("USAGE app")})),
        sample(Function, name="f", arguments="integer", function_kind="function"),
        sample(Function, name="f", arguments="text", function_kind="function"),
        sample(
            Function,
            name="g",
            arguments="",
            function_kind="procedure",
            owner="boss",
            privileges=frozenset({grant("EXECUTE app")}),
        ),
        sample(Enum, name="mood", privileges=frozenset({grant("USAGE PUBLIC")})),
        sample(Tablespace, name="fast", owner="boss", privileges=frozenset({grant("CREATE staff")})),
        sample(ParameterPrivileges, name="log_statement", privileges=frozenset({grant("ALTER SYSTEM reader")})),
        sample(LargeObject, number="4242", owner="boss", privileges=frozenset({grant("SELECT app")})),
    ],
)
APP = CATALOG.role("app")


@pytest.mark.parametrize(
    ("who", "privilege", "on", "said"),
    [
        ("boss", "INSERT", "users", "role boss can INSERT on table public.users: it is the owner"),
        ("reader", "SELECT", "users", "role reader can SELECT on table public.users: granted to it"),
        (
            "app",
            "SELECT",
            "users",
            "role app can SELECT on table public.users: granted to reader; it inherits from reader through staff",
        ),
        ("app", "DELETE", "users", "role app can DELETE on table public.users: granted to everybody"),
        ("root", "TRUNCATE", "users", "role root can TRUNCATE on table public.users: it is a superuser"),
        (
            "A b",
            "SELECT",
            "users",
            (
                'role "A b" can SELECT on table public.users: '
                "pg_read_all_data has it everywhere; it inherits from pg_read_all_data"
            ),
        ),
        (
            "staff",
            "INSERT",
            ("audit", "log"),
            "role staff can INSERT on table audit.log: granted to it; but it lacks USAGE on schema audit",
        ),
        ("app", "TRUNCATE", "users", "role app cannot TRUNCATE on table public.users: granted to nobody"),
        ("app", "INSERT", "users", "role app cannot INSERT on table public.users: granted to boss"),
        (
            "app",
            "UPDATE",
            "users",
            "role app cannot UPDATE on table public.users: on email alone; granted to nobody",
        ),
        (
            "boss",
            "SELECT",
            "users",
            "role boss cannot SELECT on table public.users: granted to reader; it can only after SET ROLE reader",
        ),
        ("app", "USAGE", "mood", "role app can USAGE on enum public.mood: granted to everybody"),
        (
            "app",
            "CREATE",
            "fast",
            "role app can CREATE on tablespace fast: granted to staff; it inherits from staff",
        ),
        (
            "reader",
            "alter system",
            "Log_Statement",
            "role reader can ALTER SYSTEM on parameter log_statement: granted to it",
        ),
        ("app", "SET", "log_statement", "role app cannot SET on parameter log_statement: granted to nobody"),
        ("app", "SET", "my.own", 'role app cannot SET on parameter "my.own": granted to nobody'),
        ("root", "SET", "my.own", 'role root can SET on parameter "my.own": it is a superuser'),
        ("app", "SELECT", "4242", "role app can SELECT on large object 4242: granted to it"),
        ("app", "execute", "g", "role app can EXECUTE on procedure public.g(): granted to it"),
    ],
)
def test_an_answer_says_why(who: str, privilege: str, on: Any, said: str) -> None:
    answer = CATALOG.role(who).can(privilege, on=on)

    assert repr(answer) == f"<{said}>"
    assert bool(answer) is (" can " in said.partition(":")[0])


@pytest.mark.parametrize(
    ("privilege", "column", "said"),
    [
        ("UPDATE", "email", "can UPDATE (email) on table public.users: granted to it"),
        (
            "REFERENCES",
            "email",
            "can REFERENCES (email) on table public.users: granted to staff; it inherits from staff",
        ),
        (
            "SELECT",
            "id",
            "can SELECT (id) on table public.users: granted to reader; it inherits from reader through staff",
        ),
        ("UPDATE", "id", "cannot UPDATE (id) on table public.users: granted to nobody"),
    ],
)
def test_a_column(privilege: str, column: str, said: str) -> None:
    answer = APP.can(privilege, on="users", column=column)

    assert repr(answer) == f"<role app {said}>"
    assert APP.can(privilege, on=CATALOG.table("users").columns[column]) == answer


def test_a_failing_assertion_shows_the_reason(pytester: pytest.Pytester) -> None:
    (pytester.path / "catalog.pickle").write_bytes(pickle.dumps(CATALOG))
    pytester.makepyfile(
        """
        import pickle

        def test_it():
            catalog = pickle.load(open("catalog.pickle", "rb"))
            assert catalog.role("app").can("INSERT", on="users")
        """
    )
    result = pytester.runpytest("-pno:asyncio")
    result.stdout.fnmatch_lines(["E * assert <role app cannot INSERT on table public.users: granted to boss>"])


def test_what_is_asked_about() -> None:
    users = CATALOG.table("users")

    assert APP.can("SELECT", on=users)
    assert APP.can("SELECT", on=users.record)
    assert APP.can("SELECT", on=("public", "users"))
    assert APP.can("EXECUTE", on=("public", "g"))
    assert APP.can("EXECUTE", on=CATALOG.function("g"))
    assert not APP.can("EXECUTE", on=("public", "f", "text"))
    assert APP.can("CONNECT", on=CATALOG.database)
    assert not APP.can("TEMP", on=CATALOG.database)
    assert APP.can("USAGE", on="public")
    assert not APP.can("CREATE", on="audit")
    assert APP.can("USAGE", on="log"), "there is a table of this name, but it knows no USAGE"


def test_all_privileges() -> None:
    assert APP.privileges_on("users") == {"SELECT", "DELETE"}
    assert APP.privileges_on("users", column="email") == {"SELECT", "UPDATE", "REFERENCES"}
    assert CATALOG.role("root").privileges_on("mood") == {"USAGE"}
    assert CATALOG.everybody.privileges_on("users") == {"DELETE"}
    assert APP.privileges_on(CATALOG.function("f", "text")) == set()


def test_everybody() -> None:
    assert repr(CATALOG.everybody.can("SELECT", on="users")) == (
        "<everybody cannot SELECT on table public.users: granted to reader>"
    )
    assert repr(CATALOG.everybody) == "<everybody>"


@pytest.mark.parametrize(
    ("privilege", "on", "column", "message", "hint"),
    [
        ("SELEKT", "users", None, 'there is no privilege "SELEKT" in PostgreSQL 18', "there are: CONNECT, CREATE,"),
        ("EXECUTE", CATALOG.table("users"), None, 'there is no privilege "EXECUTE" on a table', "there are: SELECT,"),
        ("DELETE", "users", "id", 'there is no privilege "DELETE" on a column', "SELECT, INSERT, UPDATE, REFERENCES"),
        ("SELECT", CATALOG.role("app"), None, 'there is no privilege "SELECT" on a role', "what it belongs to"),
        ("SELECT", "user", None, "there is no table or view or materialized view or sequence", "near it: public.users"),
        ("SELECT", "public.users", None, "there is no table", 'given in parts: ["public", "users"]'),
        ("SELECT", ("audit", "user"), None, "there is no table", "near it: public.users"),
        ("EXECUTE", "ff", None, 'there is no function or aggregate "ff"', "near it: public.f"),
        (
            "EXECUTE",
            "f",
            None,
            "more than one object is called f",
            "give the object itself: function public.f(integer), function public.f(text)",
        ),
        ("SELECT", "log", None, "more than one object is called log", "table audit.log, sequence public.log"),
        ("SELECT", "users", "mail", 'there is no column of table public.users "mail"', "near it: email"),
        ("USAGE", "mood", "x", 'there is no column of enum public.mood "x"', "there is no column of"),
    ],
)
def test_what_is_not_there(privilege: str, on: Any, column: str | None, message: str, hint: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        APP.can(privilege, on=on, column=column)

    assert caught.value.message.startswith(message)
    assert hint in (caught.value.hint or "")


def test_parameters_have_privileges_since_15() -> None:
    with pytest.raises(UnknownNameError, match='no privilege "SET" in PostgreSQL 14'):
        Catalog.of(14, CATALOG).role("root").can("SET", on="log_statement")
    assert CATALOG.role("root").privileges_on("log_statement") == {"SET", "ALTER SYSTEM"}


def test_parameters_that_could_not_be_read_are_not_taken_for_ungranted() -> None:
    blind = Catalog.of(18, CATALOG, [BlindSpot("every parameter privileges", "permission denied", "")])
    with pytest.raises(BlindError, match="every parameter privileges could not be read"):
        blind.role("app").can("SET", on="log_statement")


def test_maintain_is_known_since_17() -> None:
    older = Catalog.of(16, CATALOG)

    assert CATALOG.role("root").can("MAINTAIN", on="users")
    with pytest.raises(UnknownNameError, match='no privilege "MAINTAIN" in PostgreSQL 16'):
        older.role("root").can("MAINTAIN", on="users")


def test_a_role_has_its_records_attributes() -> None:
    assert (APP.name, APP.superuser, APP.label) == ("app", False, "role app")
    assert repr(APP) == "<role app: nologin>"
    assert CATALOG.role("app") == Catalog.of(18, CATALOG).role("app") != CATALOG.role("reader")
    assert APP.member_of == {"staff"}
    assert CATALOG.role("reader").members == {"staff", "boss"}
    with pytest.raises(AttributeError):
        _ = APP.nothing  # type: ignore[attr-defined]
    copy = pickle.loads(pickle.dumps(APP))
    assert isinstance(copy, RoleFacade)
    assert copy.can("SELECT", on="users")
