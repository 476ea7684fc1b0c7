"""Finding one's way in a catalog, and what an error offers."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import get_type_hints

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.base_types import BaseType
from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index, IndexColumn
from pgassay.catalog.kinds.languages import AccessMethod, Language
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.kinds.operators import Operator
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.text_search import TextSearchConfiguration, TextSearchDictionary
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.named import Named, UnknownNameError
from pgassay.catalog.navigation import Navigation
from pgassay.catalog.record import Deparsed, Record, RoleName
from pgassay.catalog.serialize import RECORD_TYPES
from tests.catalog.samples import sample

KEY = IndexColumn(
    expression=Deparsed("email"),
    collation=None,
    operator_class="text_ops",
    operator_class_options={},
    descending=False,
    nulls_first=False,
    statistics_target=None,
)

BY_NAME: Mapping[str, type[Record]] = {
    "foreign_data_wrapper": ForeignDataWrapper,
    "foreign_server": ForeignServer,
    "language": Language,
    "access_method": AccessMethod,
    "tablespace": Tablespace,
}
"""What lives in no schema and has a name: how it is looked up, and its record."""

CATALOG = Catalog.of(
    15,
    [
        sample(Table, name="users", table_kind="table", persistence="permanent", columns=("id", "email")),
        sample(Table, name="messages"),
        sample(Table, schema="audit", name="messages"),
        sample(Table, schema="Odd.Schema", name='T "x"'),
        sample(Column, name="email", type="text", not_null=True),
        sample(Column, name="id", type="bigint", identity_column="always"),
        sample(
            Index,
            name="users_email_key",
            table="users",
            method="btree",
            columns=(KEY,),
            unique=True,
            valid=True,
            ready=True,
            live=True,
            predicate=Deparsed("(deleted_at\n IS NULL)"),
        ),
        sample(Trigger, name="touched", timing="before", events=frozenset({"update"}), level="row", enabled="disabled"),
        sample(View, name="names", columns=("a",)),
        sample(MaterializedView, name="counts"),
        sample(Function, name="f", arguments="integer", function_kind="function"),
        sample(Function, name="f", arguments="text", function_kind="function"),
        sample(Function, name="g", arguments="", function_kind="function"),
        sample(Aggregate, name="total", arguments="integer"),
        sample(Aggregate, name="total", arguments="text"),
        sample(Operator, name="===", left="integer", right="text"),
        sample(Operator, name="===", left="integer", right="integer"),
        sample(OperatorClass, name="pairs", method="btree"),
        sample(OperatorFamily, name="pairs", method="btree"),
        sample(OperatorFamily, name="pairs", method="hash"),
        sample(Collation, name="swedish"),
        sample(TextSearchConfiguration, name="words"),
        sample(TextSearchDictionary, name="book"),
        sample(BaseType, name="snow"),
        sample(Role, name=RoleName("app")),
        *(sample(kind, name="far.away") for kind in BY_NAME.values()),
        sample(Conversion, name="latin"),
        sample(Conversion, schema="audit", name="latin"),
        sample(LargeObject, number="4242"),
        sample(UserMapping, server="far.away", role=RoleName("PUBLIC")),
        sample(Cast, source="public.mood", target="integer"),
        sample(Transform, type="integer", language="plx"),
        sample(ParameterPrivileges, name="jit"),
    ],
)


def test_by_bare_name_and_in_parts() -> None:
    users = CATALOG.table("users")

    assert users == CATALOG.tables["public", "users"]
    assert users.index("users_email_key").unique
    assert users.column("email") is users.columns["email"]
    assert users.trigger("touched").enabled == "disabled"
    assert CATALOG.role("app") is CATALOG.roles["app"]
    assert CATALOG.table("messages", schema="audit").schema == "audit"
    assert CATALOG.function("f", "text").arguments == "text"
    assert CATALOG.table('T "x"').schema == "Odd.Schema"


def test_every_kind_has_a_mapping_of_its_own_or_hangs_on_a_relation() -> None:
    """Those that no attribute of a catalog gives by identity are given by `table(...)` or by `database`."""
    names = {name for name in dir(Navigation) if isinstance(getattr(Navigation, name), property)} - {"database"}
    found = (getattr(CATALOG, name) for name in names)
    named = {mapping.what for mapping in found if isinstance(mapping, Named)}
    hanging = {"column", "constraint", "trigger", "policy", "database"}
    assert named | hanging == set(RECORD_TYPES)
    assert named & hanging == set()


@pytest.mark.parametrize("look", BY_NAME)
def test_what_lives_in_no_schema_by_name(look: str) -> None:
    found = getattr(CATALOG, look)("far.away")

    assert type(found) is BY_NAME[look]
    assert getattr(CATALOG, f"{look}s")["far.away"] is found
    with pytest.raises(UnknownNameError, match=r'"far\.awy"'):
        getattr(CATALOG, look)("far.awy")


def test_what_lives_in_no_schema_in_parts() -> None:
    assert CATALOG.large_object(4242) is CATALOG.large_objects["4242"]
    assert CATALOG.user_mappings["far.away", "PUBLIC"].role == "PUBLIC"
    assert CATALOG.casts["public.mood", "integer"].target == "integer"
    assert CATALOG.transforms["integer", "plx"].language == "plx"
    assert list(CATALOG.parameter_privileges) == ["jit"]
    assert CATALOG.conversion("latin", schema="audit") is CATALOG.conversions["audit", "latin"]
    with pytest.raises(UnknownNameError, match='more than one conversion is called "latin"'):
        CATALOG.conversion("latin")


def test_names_that_several_may_have() -> None:
    assert CATALOG.aggregate("total", "text").arguments == "text"
    assert CATALOG.operator("===", right="text") is CATALOG.operators["public", "===", "integer", "text"]
    assert CATALOG.operator_class("pairs") is CATALOG.operator_classes["public", "pairs", "btree"]
    assert CATALOG.operator_family("pairs", "hash", schema="public").method == "hash"


def test_words_and_types() -> None:
    assert CATALOG.collation("swedish") is CATALOG.collations["public", "swedish"]
    assert CATALOG.base_type("snow") is CATALOG.base_types["public", "snow"]
    assert CATALOG.text_search_configuration("words") is CATALOG.text_search_configurations["public", "words"]
    assert CATALOG.text_search_dictionary("book") is CATALOG.text_search_dictionaries["public", "book"]
    assert (list(CATALOG.text_search_parsers), list(CATALOG.text_search_templates)) == ([], [])
    assert list(CATALOG.shell_types) == []


def test_columns_are_in_their_order() -> None:
    assert list(CATALOG.table("users").columns) == ["id", "email"]


def test_mappings_answer_as_mappings() -> None:
    assert ("public", "users") in CATALOG.tables
    assert ("audit", "users") not in CATALOG.tables
    assert CATALOG.tables.get(("public", "nothing")) is None
    assert CATALOG.tables.get("nothing") is None
    assert "nothing" not in CATALOG.table("users").columns
    assert len(CATALOG.tables) == 4
    assert list(CATALOG.roles) == ["app"]


def test_a_bare_name_is_found_in_any_schema() -> None:
    assert CATALOG.tables["users"] == CATALOG.tables["public", "users"]
    assert CATALOG.tables.get("users") is CATALOG.tables["users"]
    assert "messages" in CATALOG.tables
    assert "nothing" not in CATALOG.tables
    assert "f" in CATALOG.functions
    assert "text" not in CATALOG.functions
    assert "g" not in CATALOG.tables


def test_bare_names() -> None:
    assert CATALOG.tables.names() == {"users", "messages", 'T "x"'}
    assert CATALOG.tables.names(schema="audit") == {"messages"}
    assert CATALOG.tables.names(schema="nothing") == set()
    assert CATALOG.functions.names() == {"f", "g"}


@pytest.mark.parametrize(
    ("look", "message", "hint"),
    [
        (lambda: CATALOG.table("user"), 'there is no table "user"', "near it: public.users"),
        (
            lambda: CATALOG.table("messages"),
            'more than one table is called "messages"',
            "say which: audit.messages, public.messages",
        ),
        (lambda: CATALOG.table("public.users"), 'there is no table "public.users"', 'parts: ["public", "users"]'),
        (lambda: CATALOG.tables["publik", "users"], "there is no table publik.users", "near it: public.users"),
        (
            lambda: CATALOG.table("users").index("users_mail_key"),
            'there is no index of table public.users "users_mail_key"',
            "near it: users_email_key",
        ),
        (
            lambda: CATALOG.table("users").columns["zzz"],
            'there is no column of table public.users "zzz"',
            "there are: id, email",
        ),
        (lambda: CATALOG.sequence("s"), 'there is no sequence "s"', "there is no sequence at all"),
        (
            lambda: CATALOG.function("f"),
            'more than one function is called "f"',
            "say which schema and arguments: function public.f(integer), function public.f(text)",
        ),
        (lambda: CATALOG.function("ff"), 'there is no function "ff"', "near it: public.f"),
        (
            lambda: CATALOG.function("f", "int"),
            'no function called "f" has the arguments (int)',
            "there are: function public.f(integer), function public.f(text)",
        ),
        (
            lambda: CATALOG.aggregate("total", "int"),
            'no aggregate called "total" has the arguments (int)',
            "there are: aggregate public.total(integer), aggregate public.total(text)",
        ),
        (
            lambda: CATALOG.operator("===", "integer"),
            'more than one operator is called "==="',
            "say which schema, left and right: operator public.===(integer, integer), operator",
        ),
        (
            lambda: CATALOG.operator("===", "integer", "date"),
            'no operator called "===" has the left and right (integer, date)',
            "there are: operator public.===(integer, integer), operator public.===(integer, text)",
        ),
        (
            lambda: CATALOG.operator_family("pairs"),
            'more than one operator family is called "pairs"',
            "say which schema and method: operator family public.pairs using btree, operator family",
        ),
        (lambda: CATALOG.operator_class("pair"), 'there is no operator class "pair"', "near it: public.pairs"),
        (lambda: CATALOG.table("USERS"), 'there is no table "USERS"', "near it: public.users"),
        (lambda: CATALOG.table("mesages"), 'there is no table "mesages"', "near it: audit.messages, public.messages"),
        (
            lambda: CATALOG.tables.get("messages"),
            'more than one table is called "messages"',
            "say which: audit.messages, public.messages",
        ),
        (lambda: CATALOG.role("ap"), 'there is no role "ap"', "near it: app"),
    ],
)
def test_a_name_that_is_not_there(look: object, message: str, hint: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        look()  # type: ignore[operator]

    assert caught.value.message == message
    assert hint in (caught.value.hint or "")
    assert isinstance(caught.value, KeyError)
    assert str(caught.value).startswith(message)


def test_records_show_themselves_on_one_line() -> None:
    users = CATALOG.table("users")

    assert repr(users) == "<table public.users: table (id, email), owner app>"
    assert repr(users.index("users_email_key")) == (
        "<index public.users_email_key: unique btree (email) on users where (deleted_at IS NULL)>"
    )
    assert repr(users.columns) == "<2 of kind column of table public.users: id, email>"
    assert repr(users.column("id")) == "<column public.users.id: bigint generated always as identity>"
    assert "\n" not in "".join(map(repr, CATALOG))


@pytest.mark.parametrize(
    ("facade", "record"), [(TableFacade, Table), (ViewFacade, View), (MaterializedViewFacade, MaterializedView)]
)
def test_facades_declare_every_attribute_but_columns(facade: type, record: type) -> None:
    source = inspect.getsource(facade)
    hints = {name: hint for name, hint in record.__annotations__.items() if "ClassVar" not in hint}

    declared = [f"        {name}: {hint}\n" for name, hint in hints.items() if name != "columns"]
    assert [line for line in declared if line not in source] == []


def test_facades_have_the_records_attributes_and_no_others() -> None:
    users = CATALOG.table("users")

    assert (users.owner, users.label, users.persistence) == ("app", "table public.users", "permanent")
    with pytest.raises(AttributeError):
        _ = users.nothing  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(users)).owner == "app"


def test_a_catalog_that_was_navigated_is_pickled_and_compared_as_before() -> None:
    assert pickle.loads(pickle.dumps(CATALOG)) == CATALOG
    assert get_type_hints(Catalog.table)["return"] is TableFacade


def test_nothing_of_other_relations_hangs_on_a_relation() -> None:
    assert list(CATALOG.table("messages", schema="audit").indexes) == []
    assert list(CATALOG.view("names").triggers) == []
    assert list(CATALOG.materialized_view("counts").indexes) == []


def test_a_table_is_equal_with_all_that_hangs_on_it() -> None:
    others = [r for r in CATALOG if not isinstance(r, Trigger)]
    switched_on = [sample(Trigger, name="touched", enabled="origin")]

    assert CATALOG.table("users") == Catalog.of(15, CATALOG).table("users")
    assert CATALOG.table("users") != Catalog.of(15, others).table("users")
    assert CATALOG.table("users") != Catalog.of(15, [*others, *switched_on]).table("users")
    assert CATALOG.table("users").record == Catalog.of(15, others).table("users").record


def test_a_repr_is_one_line_whatever_a_name_holds() -> None:
    odd = Catalog.of(15, [sample(Table, name="a\nb\u2028c"), sample(Table, name="t", columns=("long",) * 99)])

    assert repr(odd.tables) == '<2 of kind table: public."a\\nb\\u2028c", public.t>'
    assert repr(odd.table("a\nb\u2028c")).startswith('<table public."a\\nb\\u2028c": ')
    assert repr(odd.table("t")).endswith(" lo...>")
    assert len(repr(odd.table("t"))) == len("<table public.t: >") + 160
    many = Catalog.of(15, [sample(Table, name=f"t{n:02}") for n in range(12)])
    assert repr(many.tables).endswith("public.t08, public.t09, and 2 more>")


def constrained() -> TableFacade:
    return constrained_catalog().table("users")


def constrained_catalog() -> Catalog:
    keys = [("pk", "primary key", ("a",)), ("fk", "foreign key", ("B b", "a")), ("u", "unique", ("a",))]
    constraints = [sample(Constraint, name=name, constraint_type=sort, columns=on) for name, sort, on in keys]
    key = replace(KEY, expression=Deparsed('"B b"'))
    index = sample(Index, name="i", table="users", columns=(key, replace(KEY, expression=Deparsed("lower(a)"))))
    columns = [sample(Column, name=name) for name in ("a", "B b")]
    table = sample(Table, name="users", columns=("a", "B b"))
    return Catalog.of(18, [table, *columns, *constraints, index])


def test_constraints_by_type_and_columns() -> None:
    table = constrained()

    assert list(table.constraints_of("foreign key")) == ["fk"]
    assert list(table.constraints_of("foreign key", "B b", "a")) == ["fk"]
    assert not table.constraints_of("foreign key", "a", "B b")
    assert repr(table.constraints_of("check", "a")) == "<0 of kind check on (a) of table public.users>"
    with pytest.raises(UnknownNameError, match='no type of constraint "uniqe"\nhint: near it: "unique"'):
        table.constraints_of("uniqe")
    with pytest.raises(UnknownNameError, match=r'no column of .* "b"'):
        table.constraints_of("unique", "b")


def test_indexes_by_their_first_columns() -> None:
    table = constrained()

    assert list(table.indexes_on("B b")) == ["i"]
    assert repr(table.indexes_on("B b", "a")) == '<0 of kind index on ("B b", a) of table public.users>'
    with pytest.raises(UnknownNameError, match=r'no column of .* "b"'):
        table.indexes_on("b")
