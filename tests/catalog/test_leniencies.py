from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, compare, examine
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import Attribute, CompositeType, Enum
from pgassay.catalog.kinds.views import MaterializedView
from pgassay.catalog.leniencies import NAMES, sentences
from pgassay.catalog.record import Record
from pgassay.errors import UsageError
from tests.catalog.samples import grant, sample

A, B = (Attribute(name=name, type="integer", collation=None, comment=None) for name in "ab")

EXCUSED: dict[str, tuple[Record, dict[str, Any]]] = {
    "attribute-order": (sample(CompositeType, fields=(A, B)), {"fields": (B, A)}),
    "body-layout": (sample(Function, body="BEGIN\n x;\nEND"), {"body": "BEGIN x; END"}),
    "column-order": (sample(Table, columns=("a", "b")), {"columns": ("b", "a")}),
    "comments": (sample(Table), {"comment": "x"}),
    "enum-values": (sample(Enum, labels=("a", "c")), {"labels": ("a", "b", "c")}),
    "extension-schema": (sample(Extension, schema="public"), {"schema": "extensions"}),
    "extension-version": (sample(Extension, version="1"), {"version": "2", "members": frozenset("a")}),
    "generated-names": (sample(Index), {"name": "y"}),
    "owners": (sample(Table), {"owner": "other"}),
    "populated": (sample(MaterializedView), {"populated": True}),
    "privileges": (sample(Table), {"privileges": frozenset({grant("SELECT app")})}),
    "tablespaces": (sample(Table), {"tablespace": "fast"}),
}
TOO_MUCH: dict[str, dict[str, Any]] = {
    "attribute-order": {"fields": (B, replace(A, type="text"))},
    "body-layout": {"body": "BEGIN y; END"},
    "column-order": {"persistence": "unlogged"},
    "enum-values": {"labels": ("c", "b", "a")},
    "extension-version": {"comment": "x"},
    "generated-names": {"name": "y", "unique": True},
}


def test_comments_and_generated_names_of_every_sort() -> None:
    assert lenient("comments", sample(Column, not_null_comment="x"), sample(Column)) == ()
    same = [sample(StatisticsObject, name=name, table="public.users") for name in ("a", "b")]
    assert lenient("generated-names", *same) == ()


def lenient(name: str, expected: Record, actual: Record) -> object:
    sides = [Catalog.of(18, [each]) for each in (expected, actual)]
    return compare(sides[0], sides[1], options=Comparison(leniencies=(name,)))


@pytest.mark.parametrize("name", NAMES)
def test_is_off_until_it_is_named(name: str) -> None:
    record, change = EXCUSED[name]
    expected, actual = (Catalog.of(15, [r]) for r in (record, replace(record, **change)))
    assert len(compare(expected, actual)) == 1
    assert compare(expected, actual, options=Comparison(leniencies=(name,))) == ()


@pytest.mark.parametrize("name", TOO_MUCH)
def test_excuses_nothing_else(name: str) -> None:
    record, _ = EXCUSED[name]
    expected, actual = (Catalog.of(15, [r]) for r in (record, replace(record, **TOO_MUCH[name])))
    assert compare(expected, actual, options=Comparison(leniencies=(name,)))


def test_without_privileges_default_ones_are_none_of_it_either() -> None:
    given = [
        sample(DefaultPrivileges, role="app", object_type="tables"),
        sample(SystemObject, object_type="function", name="pg_catalog.now()"),
    ]
    options = Comparison(leniencies=("privileges",))
    assert len(compare(Catalog.of(15, given), Catalog.of(15, []))) == 2
    assert compare(Catalog.of(15, given), Catalog.of(15, []), options=options) == ()


def test_the_output_repeats_those_in_force() -> None:
    options = Comparison(leniencies=("owners", "comments"))
    assert examine(Catalog.of(15, []), Catalog.of(15, []), options=options).notes == (
        "leniency comments: comments are not compared",
        "leniency owners: owners are not compared",
    )
    assert sentences(()) == ()


def test_an_unknown_name_lists_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(UsageError, match='unknown leniency "coment"') as caught:
        Comparison(leniencies=("coment",))
    assert 'did you mean "comments"? known are attribute-order, body-layout, column-order' in str(caught.value)
