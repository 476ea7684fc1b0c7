"""What could not be read on either side: never missing, never extra, and never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.family import Family
from pgassay.catalog.record import Record
from pgassay.findings import Finding, Outcome


def unseen(record: Record, family: Family, other: Catalog) -> bool:
    """Tell whether a record may well be on the other side too, where it or what it lives under could not be read.

    Args:
        record: One that nothing corresponds to.
        family: The ties within its own catalog.
        other: The catalog that does not have it.
    """
    if not other.blind:
        return False
    objects = {spot.object for spot in other.blind}
    return record.label in objects or any(parent.label in objects for parent in family.parents(record))


def blind_findings(expected: Catalog, actual: Catalog) -> tuple[Finding, ...]:
    """Return one blind finding for each thing that could not be read on either side."""
    return tuple(dict.fromkeys((*_findings(expected, "contract"), *_findings(actual, "database"))))


def _findings(catalog: Catalog, side: str) -> Iterator[Finding]:
    for spot in catalog.blind:
        yield _finding(spot, side)


def _finding(spot: BlindSpot, side: str) -> Finding:
    return Finding(
        rule="not-readable",
        object=spot.object,
        expected=f"to read it in the {side}",
        found=spot.reason,
        mend=spot.mend or "no way to make it readable is known",
        outcome=Outcome.BLIND,
    )
