"""How a database stands: its catalog, and how many rows its tables have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pgassay.catalog.catalog import Catalog
from pgassay.findings import Outcome
from pgassay.proofs.contents import Name, count_rows, other_counts
from pgassay.proofs.round_trip import Compare, Road


@dataclass(frozen=True, slots=True)
class Standing:
    """What failing must not change, and running again must reach.

    Attributes:
        catalog: What is defined.
        rows: How many rows there are in each table that has any.
    """

    catalog: Catalog
    rows: Mapping[Name, int]


def stand(road: Road) -> Standing:
    """Read how a database stands."""
    return Standing(road.read(), count_rows(road.look()))


def differing(expected: Standing, found: Standing, compare: Compare) -> list[str]:
    """Return the objects, and tables of other rows, by which two differ; a catalog is most often the very same."""
    objects = set[str]()
    if found.catalog != expected.catalog:
        differences = compare(expected.catalog, found.catalog)
        objects = {finding.object for finding in differences if finding.outcome is Outcome.FAIL}
    return [*sorted(objects), *other_counts(expected.rows, found.rows)]
