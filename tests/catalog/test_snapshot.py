from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.casts import Cast
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.indexes import Index, IndexColumn
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Deparsed, Grant, RoleName
from pgassay.catalog.snapshot import FORMAT, dump, from_dict, load, to_dict
from pgassay.errors import CatalogError
from tests.catalog.samples import catalogs, grant, sample

CATALOG = Catalog.of(15, [sample(Schema, privileges=frozenset({grant("USAGE app"), grant("CREATE app")}))])


@pytest.mark.thorough
@settings(max_examples=150, deadline=None)
@given(catalogs())
def test_loads_back_equal(catalog: Catalog) -> None:
    text = dump(catalog, contract_hash="ab12")
    snapshot = load(text)
    assert snapshot.catalog == catalog
    assert snapshot.catalog.deparsed_by == catalog.deparsed_by
    assert (snapshot.contract_hash, snapshot.format) == ("ab12", FORMAT)
    assert dump(snapshot.catalog, contract_hash="ab12") == text
    text.encode()  # UTF-8, whatever a name holds


@settings(max_examples=30, deadline=None)
@given(catalogs())
def test_plain_values_round_trip(catalog: Catalog) -> None:
    assert from_dict(to_dict(catalog)) == catalog


TEXT = """\
{
  "format": 3,
  "contract": "ab12",
  "major": 15,
  "deparsed_by": 15,
  "blind": [],
  "records": {
    "schema public": {
      "owner": "app",
      "privileges": {
        "app": ["CREATE", "USAGE with grant option"],
        "b by c": ["USAGE by a"]
      },
      "identity": ["schema", "public"]
    },
    "table public.b": {
      "table_kind": "x",
      "persistence": "x",
      "columns": [
        "a",
        "z"
      ],
      "replica_identity": "x",
      "owner": "app",
      "comment": [
        "two",
        "lines"
      ],
      "identity": ["table", "public", "b"]
    },
    "column public.b.a": {
      "type": "x",
      "storage": "x",
      "identity": ["column", "public", "b", "a"]
    },
    "index public.a": {
      "table": "b",
      "method": "x",
      "columns": [
        {"expression": "a", "operator_class": "int4_ops"}
      ],
      "identity": ["index", "public", "a"]
    },
    "table public.c": {
      "table_kind": "x",
      "persistence": "x",
      "replica_identity": "x",
      "owner": "app",
      "identity": ["table", "public", "c"]
    }
  }
}
"""


def test_what_says_nothing_is_left_out_and_parts_follow_their_whole() -> None:
    grants = {
        grant("USAGE app", grantable=True),
        grant("CREATE app"),
        Grant(RoleName("b by c"), "USAGE", False, RoleName("a")),
    }
    key = IndexColumn(
        expression=Deparsed("a"),
        collation=None,
        operator_class="int4_ops",
        operator_class_options={},
        descending=None,
        nulls_first=None,
        statistics_target=None,
    )
    records = [
        sample(Index, name="a", table="b", columns=(key,)),
        sample(Table, name="c"),
        sample(Column, table="b", name="a"),
        sample(Table, name="b", columns=("a", "z"), comment="two\nlines"),
        sample(Schema, privileges=frozenset(grants)),
    ]
    catalog = Catalog.of(15, records)
    assert dump(catalog, contract_hash="ab12") == TEXT
    assert load(TEXT).catalog == catalog


def test_two_that_read_the_same_stay_two() -> None:
    casts = [sample(Cast, source="a AS b", target="c"), sample(Cast, source="a", target="b AS c")]
    catalog = Catalog.of(15, casts)

    assert len({record.label for record in catalog}) == 1
    assert load(dump(catalog, contract_hash="ab12")).catalog == catalog


def plain(**changes: Any) -> str:
    return json.dumps(json.loads(dump(CATALOG, contract_hash="ab12")) | changes)


def schema(**changes: Any) -> str:
    return plain(records={"schema public": {"owner": "x", "identity": ["schema", "public"]} | changes})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "format None"),
        (plain(format=99), "format 99"),
        (plain(format=2), "of format 2; this pgassay reads format 3"),
        (plain(contract=None), "without the hash"),
        (plain(major="15"), "no number"),
        (plain(records=[]), "another shape"),
        (plain(records={"x": "x"}), "another shape"),
        (schema(identity=["tabel", "x"]), 'unknown kind "tabel"'),
        (schema(identity=["schema"]), "another shape"),
        (plain(records={"x": {"identity": ["schema", "x"]}}), 'unknown field "owner"'),
        (schema(colour="red"), 'unknown field "colour"'),
        (schema(identity=["schema", 1]), "found 1 in"),
        (schema(privileges={"app": ["select"]}), "expected a privilege, found 'select'"),
        (schema(privileges={"app": 1}), "expected a privilege, found 1"),
        (schema(comment=["two", 2]), "found 2 in"),
        (plain(blind=[1]), "expected a BlindSpot"),
    ],
)
def test_says_what_is_wrong_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match="snapshot") as caught:
        load(text)
    assert message in str(caught.value)
    assert "pgassay snapshot" in str(caught.value)
