"""Differences show themselves on one line, and say what matters."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import Comparison, Scope, examine
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import RoleName
from tests.catalog.samples import catalogs, grant, sample

TABLE = sample(Table, name="a\nb", owner="app")
WHOLE = Comparison(scope=Scope.WHOLE)


def test_what_differs() -> None:
    changed = replace(TABLE, owner=RoleName("boss"), options={"fillfactor": "70"})
    (difference,) = examine(Catalog.of(18, [TABLE]), Catalog.of(18, [changed])).differences

    assert repr(difference) == '<differs table public."a\\nb": options, owner>'
    assert list(map(repr, difference)) == [
        "<options: expected {}, found {'fillfactor': '70'}>",
        "<owner: expected 'app', found 'boss'>",
    ]


def test_what_is_missing_or_extra() -> None:
    empty, full = Catalog.of(18, []), Catalog.of(18, [TABLE])

    assert list(map(repr, examine(full, empty).differences)) == ['<missing table public."a\\nb">']
    assert repr(examine(empty, full, options=WHOLE)) == "<1 of 1 objects differ>"


def test_a_grant_and_a_catalog() -> None:
    assert repr(grant("SELECT app", grantable=True, grantor="x")) == "<SELECT to app with grant option (by x)>"
    assert repr(Catalog.of(18, [TABLE], [BlindSpot("3 rules", "", "")])) == (
        "<Catalog of PostgreSQL 18: 1 table; 1 not read>"
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs(), catalogs())
def test_on_one_line(expected: Catalog, actual: Catalog) -> None:
    for difference in examine(expected, actual, options=WHOLE).differences:
        assert len("".join(map(repr, (difference, *difference))).splitlines()) == 1
