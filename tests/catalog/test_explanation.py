"""What a failed comparison of catalogs, tables and records shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.explanation import explain
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Deparsed, Record, RoleName
from tests.catalog.samples import any_record, catalogs, grant, sample

USERS = sample(
    Table,
    name="users",
    table_kind="table",
    persistence="permanent",
    columns=("id", "email"),
    options={"a": "1", "b": "2"},
)
EMAIL = sample(Column, name="email", type="text", not_null=True, privileges=frozenset({grant("SELECT app")}))
KEY = sample(
    Index, name="users_email_key", table="users", method="btree", unique=True, valid=True, ready=True, live=True
)
CHECK = sample(Constraint, name="c", definition=Deparsed("CHECK (true)"), validated=True, enforced=True, fires=True)
BODY = sample(Function, name="f", arguments="", function_kind="function", body="BEGIN\n  one;\n  two;\nEND")
APP = sample(Role, name=RoleName("app"), inherit=True)


def catalog(*records: Record, major: int = 18) -> Catalog:
    return Catalog.of(major, [*records])


def test_missing_extra_and_differing_objects() -> None:
    left = catalog(USERS, replace(EMAIL, type="varchar(9)", not_null=False), sample(Table, name="more"))
    right = catalog(USERS, EMAIL, sample(Schema, schema="audit"))

    assert explain(left, right) == [
        "catalog of PostgreSQL 18 == catalog of PostgreSQL 18: 3 objects differ",
        "extra    table public.more: x x (), owner app",
        "missing  schema audit: owner app",
        "differs  column public.users.email",
        "           type: varchar(9) != text",
        "           not null: no != yes",
    ]


def test_sets_and_mappings_show_what_one_side_has_alone() -> None:
    left = catalog(replace(USERS, options={"a": "1", "b": "3"}))
    granted = replace(EMAIL, privileges=frozenset({grant("SELECT app"), grant("UPDATE app"), grant("INSERT app")}))

    assert explain(catalog(granted), catalog(EMAIL)) == [
        "catalog of PostgreSQL 18 == catalog of PostgreSQL 18: 1 object differs",
        "differs  column public.users.email: privileges: extra INSERT to app, UPDATE to app",
    ]
    assert explain(left, catalog(USERS))[1:] == [  # type: ignore[index]
        "differs  table public.users",
        "           options: missing b=2",
        "           options: extra b=3",
    ]


def test_a_table_with_all_that_hangs_on_it() -> None:
    left, right = catalog(USERS, EMAIL, KEY), catalog(USERS, EMAIL, CHECK)

    assert explain(left.table("users"), right.table("users")) == [
        "table public.users == table public.users: 2 objects differ",
        "extra    index public.users_email_key: unique btree () on users",
        "missing  constraint public.users.c: CHECK (true)",
    ]
    assert explain(left.tables, right.tables)[0] == "1 of kind table == 1 of kind table: 2 objects differ"  # type: ignore[index]
    assert explain(left.indexes, right.indexes) == [
        "1 of kind index == 0 of kind index: 1 object differs",
        "extra    index public.users_email_key: unique btree () on users",
    ]


def test_records_differ_in_attributes_whatever_their_names() -> None:
    other = replace(KEY, name="other", method="hash")

    assert explain(KEY, other) == [
        "<index public.users_email_key: unique btree () on users> == <index public.other: unique hash () on users>",
        "name: users_email_key != other",
        "method: btree != hash",
    ]


def test_a_text_shows_the_lines_that_differ() -> None:
    changed = replace(BODY, body="BEGIN\n  one;\n  2;\nEND")

    assert explain(changed, BODY)[1:] == ["body:", "  -   two;", "  +   2;"]  # type: ignore[index]
    long = replace(BODY, body="\n".join(map(str, range(40))))
    assert explain(long, BODY)[-1] == "  and 19 lines more"  # type: ignore[index]


def test_roles_are_compared_by_their_attributes() -> None:
    left, right = catalog(APP), catalog(replace(APP, login=True))

    assert explain(left.role("app"), right.role("app")) == [
        "<role app: nologin> == <role app: login>",
        "login: no != yes",
    ]


def test_at_most_25_objects() -> None:
    left = catalog(*(sample(Table, name=f"t{n:02}") for n in range(40)))

    lines = explain(left, catalog()) or []
    assert len(lines) == 1 + 25 + 1
    assert lines[-1] == "and 15 more"


def test_what_a_check_would_let_pass_is_shown_to_the_letter() -> None:
    mine, theirs = (catalog(sample(Role, name=RoleName(name), bootstrap=True)) for name in ("postgres", "admin"))

    assert explain(mine, theirs) == [
        "catalog of PostgreSQL 18 == catalog of PostgreSQL 18: 2 objects differ",
        "missing  role admin: nologin",
        "extra    role postgres: nologin",
    ]


def test_what_else_may_differ_of_catalogs() -> None:
    left = Catalog.of(15, [USERS], [BlindSpot("3 rules", "too many", "")])

    assert explain(left, catalog(USERS)) == [
        "catalog of PostgreSQL 15 == catalog of PostgreSQL 18: 0 objects differ",
        "PostgreSQL 15 != 18",
        "not read: 1 != 0",
        "not read: extra (object 3 rules, reason too many, mend empty)",
    ]


def test_a_facade_and_its_record_are_not_the_same() -> None:
    users = catalog(USERS).table("users")

    assert explain(users, users.record)[1:] == ["a TableFacade is never equal to a Table"]  # type: ignore[index]


@pytest.mark.parametrize("other", [1, "x", None, {}, [USERS]])
def test_everything_else_is_left_alone(other: object) -> None:
    assert explain(USERS, other) is None
    assert explain(other, catalog(USERS)) is None
    assert explain(other, other) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs(), catalogs())
def test_what_is_not_equal_is_explained(left: Catalog, right: Catalog) -> None:
    lines = explain(left, right) or []

    assert (len(lines) > 1) == (left != right)
    assert not any(line.splitlines()[1:] for line in lines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_record(), any_record())
def test_records_of_one_kind_that_are_not_equal_are_explained(left: Record, right: Record) -> None:
    lines = explain(left, right) or []

    assert (len(lines) > 1) == (left != right)
    assert not any(len(repr(one).splitlines()) > 1 for one in (left, right))
