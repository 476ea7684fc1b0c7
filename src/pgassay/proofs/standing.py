"""How a database stands: its catalog, and how many rows its tables have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.findings import Outcome
from pgassay.proofs.contents import Name, count_rows, other_counts
from pgassay.proofs.round_trip import Compare


class Place(Protocol):
    """A database that can be looked at."""

    def read(self) -> Catalog:
        """Read the whole catalog."""

    def look(self) -> psycopg.Connection[Any]:
        """Return a session of the server's own role."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What failing must not change, and running again must reach.

    Attributes:
        catalog: What is defined.
        rows: How many rows there are in each table that has any.
    """

    catalog: Catalog
    rows: Mapping[Name, int]


def stand(place: Place) -> Standing:
    """Read how a database stands."""
    return Standing(place.read(), count_rows(place.look()))


def differing(expected: Standing, found: Standing, compare: Compare) -> list[str]:
    """Return the objects, and the tables of other rows, by which two differ."""
    return [*changed(expected.catalog, found.catalog, compare), *other_counts(expected.rows, found.rows)]


def changed(expected: Catalog, found: Catalog, compare: Compare) -> list[str]:
    """Return the objects by which two catalogs differ; one that is the same is most often the very same."""
    if found == expected:
        return []
    return sorted({finding.object for finding in compare(expected, found) if finding.outcome is Outcome.FAIL})
