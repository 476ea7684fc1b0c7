from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.difference import Change
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Deparsed, Record
from tests.catalog.samples import sample

INDEX = sample(Index, name="a", method="btree", unique=True)


def changes(expected: Iterable[Record], actual: Iterable[Record]) -> list[tuple[str, str, list[str]]]:
    found = compare(Catalog.of(15, expected), Catalog.of(15, actual))
    return [(d.change, d.object, [a.name for a in d.attributes]) for d in found]


def test_an_index_under_another_name_is_renamed() -> None:
    assert changes([INDEX], [replace(INDEX, name="B c")]) == [(Change.RENAMED, "index public.a", ["name"])]


def test_and_its_comment_and_validity_are_compared_all_the_same() -> None:
    found = replace(INDEX, name="b", comment="x", valid=True)
    assert changes([INDEX], [found]) == [(Change.RENAMED, "index public.a", ["name", "valid", "comment"])]


def test_another_definition_under_another_name_is_another_index() -> None:
    assert changes([INDEX], [replace(INDEX, name="b", method="hash")]) == [
        (Change.EXTRA, "index public.b", []),
        (Change.MISSING, "index public.a", []),
    ]


def test_an_index_of_another_table_is_another_index() -> None:
    assert [change for change, _, _ in changes([INDEX], [replace(INDEX, name="b", table="other")])] == [
        Change.EXTRA,
        Change.MISSING,
    ]


def test_each_twin_has_one_partner() -> None:
    twins = [replace(INDEX, name=name) for name in "xyz"]
    assert changes([INDEX, replace(INDEX, name="b")], [*twins]) == [
        (Change.EXTRA, "index public.z", []),
        (Change.RENAMED, "index public.a", ["name"]),
        (Change.RENAMED, "index public.b", ["name"]),
    ]


def test_the_same_name_wins_over_the_same_definition() -> None:
    other = replace(INDEX, method="hash")
    assert changes([INDEX], [other, replace(INDEX, name="b")]) == [
        (Change.EXTRA, "index public.b", []),
        (Change.DIFFERS, "index public.a", ["method"]),
    ]


def test_a_constraint_and_its_index_are_renamed_together() -> None:
    constraint = sample(Constraint, name="a", constraint_type="unique")
    index = replace(INDEX, constraint="a")
    found = [replace(constraint, name="b"), replace(index, name="b", constraint="b")]
    assert changes([constraint, index], found) == [(Change.RENAMED, "constraint public.users.a", ["name"])]


def test_an_owned_sequence_takes_the_default_along() -> None:
    column = sample(Column, name="id", default=Deparsed("nextval('public.users_id_seq'::regclass)"))
    sequence = sample(Sequence, name="users_id_seq", owned_by="public.users.id")
    old = [
        replace(column, default=Deparsed("""nextval('public."Old ''seq"'::regclass)""")),
        replace(sequence, name="Old 'seq"),
    ]
    assert changes([column, sequence], old) == [(Change.RENAMED, "sequence public.users_id_seq", ["name"])]


def test_a_sequence_of_nobody_was_named_by_somebody() -> None:
    one = sample(Sequence, name="invoices")
    assert [change for change, _, _ in changes([one], [replace(one, name="orders")])] == [Change.EXTRA, Change.MISSING]


def test_the_index_of_a_partition_follows_its_parent() -> None:
    parent, part = replace(INDEX, name="a"), replace(INDEX, name="p1", table="p", parents=("public.a",))
    found = [replace(parent, name="b"), replace(part, parents=("public.b",))]
    assert changes([parent, part], found) == [(Change.RENAMED, "index public.a", ["name"])]


def test_the_replica_identity_follows_its_index() -> None:
    table = sample(Table, name="users", replica_identity="index a")
    found = [replace(table, replica_identity='index "B c"'), replace(INDEX, name="B c")]
    assert changes([table, INDEX], found) == [(Change.RENAMED, "index public.a", ["name"])]


def test_a_membership_from_another_grantor_differs_in_that() -> None:
    roles: list[Record] = [sample(Role, name=name) for name in ("app", "me", "admin")]
    membership = sample(Membership, role="app", member="me", grantor="admin")
    found = replace(membership, grantor=membership.role, admin=True)
    assert changes([*roles, membership], [*roles, found]) == [
        (Change.DIFFERS, "membership app.me.admin", ["grantor", "admin"]),
    ]
