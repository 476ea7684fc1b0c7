from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import Comparison, Scope, compare, examine
from pgassay.catalog.difference import Aspect, AttributeDifference, Change, Difference
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.publications import Publication
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import View
from pgassay.catalog.record import Deparsed, Record, RoleName
from pgassay.catalog.roles_map import map_roles
from pgassay.catalog.scope_roles import roles_at_work
from pgassay.catalog.serialize import RECORD_TYPES, field_types
from tests.catalog.samples import catalogs, grant, records, sample, values

WHOLE = Comparison(scope=Scope.WHOLE)


def catalog(*found: Record, major: int = 15, blind: tuple[BlindSpot, ...] = ()) -> Catalog:
    return Catalog.of(major, found, blind)


def only(differences: tuple[Difference, ...]) -> Difference:
    (difference,) = differences
    return difference


def attributes(difference: Difference) -> list[tuple[str, Any, Any]]:
    return [(a.name, a.expected, a.actual) for a in difference.attributes]


@settings(max_examples=40, deadline=None)
@given(catalogs())
def test_a_catalog_does_not_differ_from_itself(one: Catalog) -> None:
    assert compare(one, one) == ()
    assert compare(one, one, options=WHOLE) == ()


MIRRORED = {Change.MISSING: Change.EXTRA, Change.EXTRA: Change.MISSING, Change.UNKNOWN_SCHEMA: Change.MISSING}


def shown(difference: Difference) -> tuple[Any, ...]:
    return difference.kind, difference.change, str(difference.expected), str(difference.actual)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs(), catalogs())
def test_the_other_way_round_is_the_mirror(one: Catalog, other: Catalog) -> None:
    schemas = {r.identity for side in (one, other) for r in side if isinstance(r, Schema)}
    assume(not schemas)  # what is in an unknown schema is folded under it; what is in a missing one, too
    assume(not any(isinstance(r, Role) and r.bootstrap for side in (one, other) for r in side))  # one superuser of two
    forth, back = compare(one, other, options=WHOLE), compare(other, one, options=WHOLE)
    mirrored = [
        (d.kind, MIRRORED.get(d.change, d.change), str(d.actual), str(d.expected), len(d.attributes)) for d in back
    ]
    assert sorted(mirrored) == sorted((*shown(d), len(d.attributes)) for d in forth)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_one_changed_attribute_is_the_one_that_differs(data: st.DataObject) -> None:
    record_type = data.draw(st.sampled_from(list(RECORD_TYPES.values())))
    record = data.draw(records(record_type))
    compared = {f.name for f in fields(record_type) if f.compare} - set(record_type.IDENTITY)
    name = data.draw(st.sampled_from(sorted(compared - {"columns"})) if compared - {"columns"} else st.nothing())
    value = data.draw(values(field_types(record_type)[name]))
    assume(value != getattr(record, name))
    assume(record_type is not UserMapping or None not in (value, getattr(record, name)))  # somebody may not see them
    changed: Record = replace(record, **{name: value})
    found = compare(catalog(record, major=18), catalog(changed, major=18), options=WHOLE)
    assert attributes(only(found)) == [(name, getattr(record, name), value)]


def test_missing_and_extra() -> None:
    one, two = sample(Schema, schema="one"), sample(Table, name="two")
    found = compare(catalog(one), catalog(two), options=WHOLE)
    assert [(d.change, d.object, d.expected, d.actual) for d in found] == [
        (Change.EXTRA, "table public.two", None, two),
        (Change.MISSING, "schema one", one, None),
    ]


def test_what_lives_under_a_missing_table_is_counted_not_reported() -> None:
    users = sample(Table, name="users", columns=("id",))
    under = (
        sample(Column, name="id"),
        sample(Constraint, name="users_pkey"),
        sample(Index, name="users_pkey", constraint="users_pkey"),
        sample(Index, name="users_email"),
        sample(Trigger, name="t"),
    )
    found = only(compare(catalog(users, *under), catalog()))
    assert (found.object, found.change, found.hidden) == ("table public.users", Change.MISSING, 5)
    assert {r.label for r in examine(catalog(users, *under), catalog()).unlooked} == {r.label for r in under}


def test_what_is_a_table_here_and_a_view_there_differs_as_a_whole() -> None:
    column = sample(Column, name="id", table="x")
    table, view = sample(Table, name="x", columns=("id",)), sample(View, name="x", columns=("id",))
    found = compare(catalog(table, column), catalog(view, replace(column, type="text")))
    assert [(d.change, d.object) for d in found] == [
        (Change.EXTRA, "view public.x"),
        (Change.MISSING, "table public.x"),
    ]


def test_privileges_differ_element_by_element() -> None:
    wanted = sample(Schema, privileges=frozenset({grant("USAGE app"), grant("CREATE app")}))
    found = replace(wanted, privileges=frozenset({grant("USAGE app"), grant("CREATE PUBLIC")}))
    (difference,) = only(compare(catalog(wanted), catalog(found)))
    assert (difference.missing, difference.extra) == (
        frozenset({grant("CREATE app")}),
        frozenset({grant("CREATE PUBLIC")}),
    )


def test_the_owners_own_privileges_go_with_the_owner() -> None:
    wanted = sample(Schema, owner="app", privileges=frozenset({grant("USAGE app"), grant("USAGE reader")}))
    found = sample(Schema, owner="other", privileges=frozenset({grant("USAGE other"), grant("USAGE reader")}))
    assert attributes(only(compare(catalog(wanted), catalog(found)))) == [("owner", "app", "other")]


def test_mappings_tell_what_is_missing_and_what_is_extra() -> None:
    difference = AttributeDifference("options", {"a": "1", "b": "2"}, {"b": "3", "c": "4"})
    assert (difference.missing, difference.extra) == ({"a": "1", "b": "2"}, {"b": "3", "c": "4"})
    assert AttributeDifference("unique", expected=True, actual=False).missing is None


def test_the_order_of_columns_alone_is_an_attribute_of_its_own() -> None:
    wanted = sample(Table, name="users", columns=("a", "new", "b", "c"))
    found = replace(wanted, columns=("a", "c", "old", "b"))
    assert attributes(only(compare(catalog(wanted), catalog(found)))) == [
        ("column order", ("a", "b", "c"), ("a", "c", "b")),
    ]
    assert compare(catalog(wanted), catalog(replace(wanted, columns=("a", "b", "more", "c")))) == ()


def test_one_difference_splits_into_its_aspects() -> None:
    wanted = sample(Table, name="users", columns=("a", "b"), comment="x", owner="app", persistence="permanent")
    found = sample(Table, name="users", columns=("b", "a"), comment="y", owner="other", persistence="unlogged")
    parts = only(compare(catalog(wanted), catalog(found))).by_aspect()
    assert [(p.aspects, [a.name for a in p]) for p in parts] == [
        ((Aspect.DEFINITION,), ["persistence"]),
        ((Aspect.COLUMN_ORDER,), ["column order"]),
        ((Aspect.OWNER,), ["owner"]),
        ((Aspect.COMMENT,), ["comment"]),
    ]


def test_attributes_that_a_major_does_not_have_are_not_compared_with_it() -> None:
    old = sample(Membership, role="app", member="me", grantor="owner", inherit=None, set=None)
    new = replace(old, inherit=True, set=True)
    assert compare(catalog(new, major=16), catalog(old), options=WHOLE) == ()
    assert only(compare(catalog(new, major=16), catalog(old, major=17), options=WHOLE)).attributes


@pytest.mark.parametrize(
    ("since", "record_type", "attribute", "value"),
    [
        (15, Subscription, "two_phase", True),
        (15, Subscription, "disable_on_error", True),
        (16, Subscription, "password_required", True),
        (16, Subscription, "run_as_owner", True),
        (16, Subscription, "origin", "any"),
        (17, Subscription, "failover", True),
        (18, Publication, "publish_generated_columns", "stored"),
        (18, Column, "not_null_comment", "x"),
    ],
)
def test_an_attribute_is_compared_from_its_major_on(
    since: int, record_type: type[Record], attribute: str, value: object
) -> None:
    old, new = sample(record_type), sample(record_type, **{attribute: value})
    assert compare(catalog(new, major=since), catalog(old, major=since - 1)) == ()
    assert only(compare(catalog(new, major=since), catalog(old, major=since))).attribute(attribute)


def test_names_of_not_null_constraints_are_not_compared_across_majors() -> None:
    named = sample(Column, name="id", not_null_name="mine")
    found = replace(named, not_null_name=None)
    assert compare(catalog(named, major=19), catalog(found, major=18)) == ()
    assert only(compare(catalog(named, major=18), catalog(found, major=18))).attribute("not_null_name")


def test_maintain_is_not_compared_with_a_major_that_does_not_have_it() -> None:
    old = sample(Table, name="t", privileges=frozenset({grant("SELECT app")}))
    new = replace(old, privileges=frozenset({grant("SELECT app"), grant("MAINTAIN app")}))
    assert compare(catalog(old), catalog(new, major=17)) == ()
    assert compare(catalog(new, major=18), catalog(old)) == ()
    assert only(compare(catalog(new, major=18), catalog(old, major=17))).attribute("privileges")


@pytest.mark.parametrize("majors", [(14, 15), (18, 14)])
def test_schema_public_is_initdbs_whoever_owns_it(majors: tuple[int, int]) -> None:
    owners = {14: "postgres"}
    first = sample(Role, name="postgres", bootstrap=True)
    ours, theirs = (
        catalog(first, sample(Schema, schema="public", owner=owners.get(major, "pg_database_owner")), major=major)
        for major in majors
    )
    for options in (Comparison(), Comparison(shared=False), WHOLE):
        assert compare(ours, theirs, options=options) == ()
    given_away = catalog(first, sample(Schema, schema="public", owner="app"), major=majors[1])
    assert [d.object for d in compare(ours, given_away, options=WHOLE)] == ["schema public"]


def test_text_of_two_majors_is_said_to_be() -> None:
    assert examine(catalog(major=15), catalog(major=18)).notes == (
        "expected text was written by PostgreSQL 15, actual text by 18: they word the same otherwise",
    )


def test_members_of_an_extension_are_compared_at_one_version_only() -> None:
    wanted = sample(Extension, name="e", version="1", members=frozenset({"function a()"}))
    found = replace(wanted, version="2", members=frozenset({"function b()"}))
    assert attributes(only(compare(catalog(wanted), catalog(found)))) == [("version", "1", "2")]
    assert only(compare(catalog(wanted), catalog(replace(found, version="1")))).attribute("members")


def test_white_space_alone_is_said() -> None:
    wanted = sample(Function, name="f", body="BEGIN\n  x;\nEND")
    (difference,) = only(compare(catalog(wanted), catalog(replace(wanted, body="BEGIN x; END"))))
    assert difference.note == "only white space differs"


def test_text_without_a_server_to_ask_says_so() -> None:
    wanted = sample(View, name="v", definition=Deparsed("SELECT 1"))
    (difference,) = only(compare(catalog(wanted), catalog(replace(wanted, definition=Deparsed("SELECT 2")))))
    assert "compared as text" in difference.note


class Everything:
    """An opinion for which all texts mean the same."""

    def same(self, expected: Record, actual: Record, attribute: str) -> bool:
        return attribute == "definition"


def test_a_second_opinion_that_finds_them_equal_is_noted() -> None:
    wanted = sample(View, name="v", definition=Deparsed("SELECT 1"))
    found = replace(wanted, definition=Deparsed("SELECT 2"))
    seen = examine(catalog(wanted), catalog(found), second_opinion=Everything())
    assert seen.differences == ()
    assert seen.notes == ("rendering: definition of view public.v reads otherwise, means the same",)


def test_what_the_other_side_could_not_read_is_neither_missing_nor_extra() -> None:
    view, column = sample(View, name="v"), sample(Column, table="v", name="id")
    blind = (BlindSpot("view public.v", "locked", ""), BlindSpot("every role", "permission denied", ""))
    assert compare(catalog(view, column, sample(Role, name="app")), catalog(blind=blind)) == ()
    assert compare(catalog(blind=blind), catalog(view, column), options=WHOLE) == ()


def test_an_inherited_column_follows_its_parents() -> None:
    parent, child = sample(Table, name="a"), sample(Table, name="b", parents=("public.a",))
    column = sample(Column, table="a", name="id", local=True)
    inherited = replace(column, table="b", local=False)
    both = catalog(parent, child, column, inherited)
    found = only(compare(both, catalog(parent, child)))
    assert (found.object, found.hidden) == ("column public.a.id", 1)
    retyped = catalog(parent, child, replace(column, type="text"), replace(inherited, type="text"))
    found = only(compare(both, retyped))
    assert (found.object, found.hidden) == ("column public.a.id", 1)


def test_counts_what_it_looked_at() -> None:
    seen = examine(catalog(sample(Table, name="a"), sample(Schema)), catalog(sample(Table, name="b"), sample(Schema)))
    assert seen.looked_at == {"schema": 1, "table": 2}


NAMES = st.text(min_size=1, max_size=8).filter(lambda name: name not in ("PUBLIC", "owner", "ALL"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs())
def test_roles_may_be_called_otherwise(one: Catalog) -> None:
    roles = {r.name for r in one if isinstance(r, Role)} | roles_at_work(one)
    roles |= {name for r in one if isinstance(r, Membership) for name in (r.role, r.member, r.grantor)}
    names = {role: f"{role} at the target" for role in roles - {"PUBLIC", "owner", "ALL"}}
    other = map_roles(one, names)
    assert compare(one, other, options=Comparison(scope=Scope.WHOLE, roles=names)) == ()
    assert map_roles(other, {after: before for before, after in names.items()}) == one


def test_the_first_superuser_is_one_whatever_it_is_called() -> None:
    ours = catalog(sample(Role, name="postgres", bootstrap=True), sample(Schema, owner=RoleName("postgres")))
    theirs = catalog(sample(Role, name="admin", bootstrap=True), sample(Schema, owner=RoleName("admin")))
    assert compare(ours, theirs) == ()
    assert compare(ours, theirs, options=WHOLE) == ()
