"""A part of the matrix: what is asked for, and what is not there."""

from __future__ import annotations

import pytest

from pgassay.behaviors.access.choice import choose_objects, choose_roles
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.errors import UsageError
from tests.behaviors.access.conftest import Build

SCHEMA = """
CREATE SCHEMA "S. x"; CREATE TABLE "S. x".users (id int, email text); CREATE TABLE orders ();
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'
"""
COLUMN_WORDS = "INSERT", "REFERENCES", "SELECT", "UPDATE"
AMONG = [RoleName("app"), RoleName("boss"), PUBLIC]


def test_roles_keep_their_order() -> None:
    assert choose_roles([PUBLIC, "app", "app"], AMONG) == ["app", PUBLIC]


def test_a_role_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="there is no role ap in the matrix") as caught:
        choose_roles(["ap"], AMONG)
    assert caught.value.hint == "near it: app"


def test_objects_come_after_their_schemas(build: Build) -> None:
    chosen = choose_objects(read_catalog(build(SCHEMA)), ["users(email)", "users(id)", "function f"])
    assert [(record.label, list(actions)) for record, actions in chosen] == [
        ('schema "S. x"', ["USAGE", "CREATE"]),
        ("schema public", ["USAGE", "CREATE"]),
        ('table "S. x".users', [f"{word} ({name})" for name in ("email", "id") for word in COLUMN_WORDS]),
        ("function public.f(integer)", ["EXECUTE"]),
    ]


UNKNOWN = {
    "user": 'an object user: there is none; near it: table "S. x".users',
    "users(emial)": 'a column emial of table "S. x".users: there is none; there are: email',
    "function g(int)": "an object function g(int): there is none",
    "users users": 'an object users users: that is no name: write it as in SQL, such as "public.users"',
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_object_that_is_not_there(build: Build, name: str) -> None:
    catalog = read_catalog(build(SCHEMA))
    with pytest.raises(UsageError) as caught:
        choose_objects(catalog, [name])
    assert caught.value.message == UNKNOWN[name]
