"""The digest: equal catalogs have one, others do not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.digest import digest_of
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.snapshot import from_dict, to_dict
from tests.catalog.samples import catalogs, grant, sample


@given(catalogs(), catalogs())
def test_it_tells_catalogs_apart_and_nothing_else(one: Catalog, other: Catalog) -> None:
    assert (digest_of(one) == digest_of(other)) == (to_dict(one) == to_dict(other))
    assert digest_of(from_dict(to_dict(one))) == digest_of(one)


def test_the_order_of_sets_and_mappings_is_nothing() -> None:
    grants = [grant(f"SELECT role_{number}") for number in range(20)]
    options = [("fillfactor", "70"), ("autovacuum_enabled", "false")]
    one, other = (
        Catalog.of(18, [sample(Table, privileges=frozenset(g), options=dict(o))])
        for g, o in ((grants, options), (grants[::-1], options[::-1]))
    )
    assert digest_of(one) == digest_of(other)


def test_the_major_and_what_is_blind_count() -> None:
    catalog = Catalog.of(18, [])
    others = [
        Catalog.of(17, []),
        Catalog.of(18, [], [BlindSpot("table a", "locked", "")]),
        replace(catalog, deparsed_by=17),
    ]
    assert len({digest_of(one) for one in (catalog, *others)}) == 4
