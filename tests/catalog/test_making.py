"""Records that are made by the ten thousand are those that the constructor makes."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest
from hypothesis import given

from pgassay.catalog.kinds.indexes import IndexColumn
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.making import maker
from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES
from tests.catalog.samples import any_record, sample


@given(any_record())
def test_equal_to_the_constructors(record: Record) -> None:
    row = values_of(record)

    made = maker(type(record), dict.fromkeys(reversed(row)))(row)

    assert type(made) is type(record)
    assert made == record
    assert pickle.loads(pickle.dumps(made)) == record


def test_what_is_converted_and_what_is_given() -> None:
    row = {**values_of(sample(Table)), "columns": "a b", "width": 2}
    given_ = {"comment": "of 2", "owner": "app"}

    columns = {name: None for name in values_of(sample(Table)) if name not in given_} | {"columns": str.split}
    made = maker(Table, columns, given=lambda row: given_ | {"more": row["width"]}, names=("comment", "owner"))(row)

    assert made == sample(Table, columns=["a", "b"], comment="of 2", owner="app")


def test_what_is_not_named_gets_its_default() -> None:
    row = values_of(sample(Table))

    made = maker(Table, {name: None for name in row if name not in {"server", "of_type"}})(row)

    assert made == sample(Table, server=None, of_type=None)


def test_what_has_no_default_must_be_named() -> None:
    with pytest.raises(TypeError, match="IndexColumn: no value for collation"):
        maker(IndexColumn, {"expression": None})


def test_it_stays_frozen() -> None:
    table = values_of(sample(Table))
    made = maker(Table, dict.fromkeys(table))(table)

    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "other"


@pytest.mark.parametrize("record", RECORD_TYPES.values(), ids=RECORD_TYPES)
def test_an_identity_is_text(record: type[Record]) -> None:
    types = {field.name: field.type for field in dataclasses.fields(record)}

    assert {types[name] for name in record.IDENTITY} <= {"str", "RoleName"}


def values_of(record: Record) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
