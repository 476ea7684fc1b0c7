"""Parts of a catalog, as catalogs."""

from __future__ import annotations

from collections.abc import Callable

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Record


def keep(catalog: Catalog, wanted: Callable[[Record], bool]) -> Catalog:
    """Return the catalog with those records alone that are wanted."""
    kept = {
        kind: {identity: record for identity, record in records.items() if wanted(record)}
        for kind, records in catalog.records.items()
    }
    return Catalog(catalog.major, {k: r for k, r in kept.items() if r}, catalog.blind, catalog.deparsed_by)


def with_record(catalog: Catalog, record: Record) -> Catalog:
    """Return the catalog with the record in place of the one of its identity."""
    records = {**catalog.records, record.KIND: {**catalog.records[record.KIND], record.identity: record}}
    return Catalog(catalog.major, records, catalog.blind, catalog.deparsed_by)


def names(catalog: Catalog, record_type: type[Record]) -> frozenset[str]:
    """Return the first part of the identity of all records of one kind."""
    return frozenset(identity[0] for identity in catalog.records.get(record_type.KIND, {}))
