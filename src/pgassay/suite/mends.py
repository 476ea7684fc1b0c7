"""Differences with the statements that would mend them, for a script: pgassay itself runs none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pgassay.catalog.compare import ORDER, Examination
from pgassay.catalog.difference import Change, Difference
from pgassay.catalog.family import Family
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.mend import statements_of
from pgassay.catalog.ordering import made_in_order
from pgassay.catalog.record import Record
from pgassay.catalog.reporting import finding_of
from pgassay.catalog.selection import schema_of
from pgassay.findings import Finding


@dataclass(frozen=True, slots=True)
class Mend:
    """A difference, and the statements that would mend it; one that begins with `-- ` is advice."""

    finding: Finding
    statements: tuple[str, ...]


def mends_of(seen: Examination) -> Iterator[Mend]:
    """Yield every difference, aspect by aspect, in an order in which they can be mended."""
    for difference in seen.differences:
        for part in difference.by_aspect():
            yield Mend(finding_of(part, seen.expected, seen.actual), tuple(_statements(part, seen)))


def _statements(part: Difference, seen: Examination) -> Iterator[str]:
    """Make a missing schema with all that is in it: a finding says only how much that is."""
    yield from statements_of(part, seen.expected, seen.actual)
    if isinstance(part.expected, Schema) and part.change is Change.MISSING:
        for record in _inside(part.expected, seen):
            missing = Difference(kind=record.KIND, object=record.label, change=Change.MISSING, expected=record)
            yield from statements_of(missing, seen.expected, seen.actual)


def _inside(schema: Schema, seen: Examination) -> list[Record]:
    """Return what is in a schema, but not what is made with its table: columns, indexes, partitions and the like."""
    family = Family(seen.expected)
    inside = [
        record
        for record in seen.unlooked
        if schema_of(record) == schema.schema
        and all(isinstance(parent, Schema | Role) for parent in family.parents(record))
    ]
    return made_in_order(sorted(inside, key=lambda record: ORDER[record.KIND]))
