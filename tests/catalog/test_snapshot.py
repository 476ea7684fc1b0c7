from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.snapshot import FORMAT, dump, from_dict, load, to_dict
from pgassay.errors import CatalogError
from tests.catalog.samples import catalogs, grant, sample

CATALOG = Catalog.of(15, [sample(Schema, privileges=frozenset({grant("USAGE app"), grant("CREATE app")}))])


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


def test_one_line_an_attribute() -> None:
    lines = dump(CATALOG, contract_hash="ab12").splitlines()
    assert '        "schema": "public",' in lines
    assert sum("privileges" in line for line in lines) == 1


def plain(**changes: Any) -> str:
    return json.dumps(json.loads(dump(CATALOG, contract_hash="ab12")) | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "format None"),
        (plain(format=99), "format 99"),
        (plain(format=1), "of format 1; this pgassay reads format 2"),
        (plain(contract=None), "without the hash"),
        (plain(major="15"), "no number"),
        (plain(records=[]), "another shape"),
        (plain(records={"tabel": [{}]}), 'unknown kind "tabel"'),
        (plain(records={"schema": [{"schema": "x"}]}), 'unknown field "comment"'),
        (plain(records={"schema": [{"schema": 1, "owner": "x", "privileges": [], "comment": None}]}), "found 1 in"),
        (plain(records={"schema": ["x"]}), "expected a Schema"),
        (plain(blind=[1]), "expected a BlindSpot"),
    ],
)
def test_says_what_is_wrong_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match="snapshot") as caught:
        load(text)
    assert message in str(caught.value)
    assert "pgassay snapshot" in str(caught.value)
