"""Which schemas are compared, and what goes with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Change, Difference
from pgassay.catalog.kinds.casts import Cast, Transform, schemas_of
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.parts import keep, names
from pgassay.catalog.record import Record, quote_name
from pgassay.catalog.relocation import moved
from pgassay.catalog.selection import Selection, matches, schema_of


def without_foreign(catalog: Catalog, ours: frozenset[str], globs: tuple[str, ...], notes: list[str]) -> Catalog:
    """Leave out the schemas that the settings call foreign, and all in them."""
    foreign = {name for name in names(catalog, Schema) - ours if matches(name, globs)}
    if not foreign:
        return catalog
    note = f"foreign schemas, left out: {', '.join(sorted(foreign))}"
    notes += [note] if note not in notes else []
    return _without_schemas(catalog, foreign)


def fold_unknown_schemas(
    expected: Catalog, actual: Catalog, selection: Selection
) -> tuple[Catalog, tuple[Difference, ...]]:
    """Make one difference of each schema that nobody expects; none where it only holds an extension that was moved.

    Where the schema itself is not selected, what lives in it still may be.
    """
    found = actual.records.get(Schema.KIND, {})
    unknown = {s for s in names(actual, Schema) - names(expected, Schema) if selection.takes(found[s,])}
    if not unknown:
        return actual, ()
    inside = Counter(schema_of(record) for record in actual if record.KIND != Schema.KIND)
    told = {found.schema for _, found in moved(expected, actual) if not inside[found.schema]}
    folded = tuple(
        Difference(
            kind=Schema.KIND,
            object=record.label,
            change=Change.UNKNOWN_SCHEMA,
            actual=record,
            hidden=inside[identity[0]],
        )
        for identity, record in found.items()
        if identity[0] in unknown - told
    )
    return _without_schemas(actual, unknown), folded


def _without_schemas(catalog: Catalog, schemas: Collection[str]) -> Catalog:
    """Leave out schemas and what lives in them, read or not."""
    kept = keep(catalog, lambda record: not _lives_in(record, schemas))
    inside = tuple(f" {quote_name(schema)}." for schema in schemas)
    blind = tuple(spot for spot in catalog.blind if not any(name in spot.object for name in inside))
    return Catalog(kept.major, kept.records, blind, kept.deparsed_by)


def _lives_in(record: Record, schemas: Collection[str]) -> bool:
    """A cast or a transform goes with its types, wherever they live."""
    match record:
        case Cast():
            return any(schema in schemas for schema in schemas_of(record.source, record.target))
        case Transform():
            return any(schema in schemas for schema in schemas_of(record.type))
        case _:
            return schema_of(record) in schemas
