"""Records that are compared by the ten thousand are equal where `==` says so."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given

from pgassay.catalog.equality import equality
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES
from tests.catalog.samples import any_record, sample


@given(any_record(), any_record())
def test_as_the_dataclass_says(one: Record, other: Record) -> None:
    assert equality(type(one))(one, other) == (one == other)
    assert equality(type(one))(one, replace(one))


@pytest.mark.parametrize("record_type", RECORD_TYPES.values(), ids=lambda t: t.__name__)
def test_each_field_counts_unless_it_is_not_compared(record_type: type[Record]) -> None:
    record = sample(record_type)
    for field in fields(record):
        assert equality(record_type)(record, replace(record, **{field.name: object()})) is not field.compare


def test_another_class_is_another_record() -> None:
    table = sample(Table)
    copy = type("Copy", (Table,), {})(**{field.name: getattr(table, field.name) for field in fields(table)})
    assert not equality(Table)(table, copy)
