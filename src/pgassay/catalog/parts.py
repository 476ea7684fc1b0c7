"""Parts of a catalog, as catalogs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Record


def keep(catalog: Catalog, wanted: Callable[[Record], bool], kinds: Collection[str] | None = None) -> Catalog:
    """Return the catalog with those records alone that are wanted.

    Args:
        catalog: Any catalog.
        wanted: Tells of a record whether it is.
        kinds: Where only records of these may not be wanted, the others are not gone through.
    """
    kept = {
        kind: {identity: record for identity, record in records.items() if wanted(record)}
        if kinds is None or kind in kinds
        else records
        for kind, records in catalog.records.items()
    }
    return Catalog(catalog.major, {k: r for k, r in kept.items() if r}, catalog.blind, catalog.deparsed_by)


def with_record(catalog: Catalog, record: Record) -> Catalog:
    """Return the catalog with the record in place of the one of its identity."""
    records = {**catalog.records, record.KIND: {**catalog.records[record.KIND], record.identity: record}}
    return Catalog(catalog.major, records, catalog.blind, catalog.deparsed_by)


def of_kinds(catalog: Catalog, *record_types: type[Record]) -> Iterator[Record]:
    """Yield the records of some kinds."""
    for record_type in record_types:
        yield from catalog.records.get(record_type.KIND, {}).values()


def names(catalog: Catalog, record_type: type[Record]) -> frozenset[str]:
    """Return the first part of the identity of all records of one kind."""
    return frozenset(identity[0] for identity in catalog.records.get(record_type.KIND, {}))
