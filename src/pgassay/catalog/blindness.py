"""What could not be read on either side: never missing, never extra, and never passed over in silence."""

from __future__ import annotations

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.family import Family
from pgassay.catalog.record import Record
from pgassay.findings import Finding, Outcome

ACCEPT = "it cannot be made readable: look at it yourself, and accept it in schema/accepted.toml"


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
    kin = (record, *family.parents(record))
    return any(one.label in objects or f"every {one.KIND}" in objects for one in kin)


def blind_findings(expected: Catalog, actual: Catalog, *, otherwise: str = ACCEPT) -> tuple[Finding, ...]:
    """Return one blind finding for each thing that could not be read on either side.

    Args:
        expected: The expected catalog as compared (`Examination.expected`), so that what is out of scope is left out.
        actual: The actual catalog as compared.
        otherwise: What to do about what nothing makes readable.
    """
    spots = {spot.object: spot for spot in (*expected.blind, *actual.blind)}  # the actual one's reason and mend win
    return tuple(_finding(spots[name], otherwise) for name in sorted(spots))


def _finding(spot: BlindSpot, otherwise: str) -> Finding:
    return Finding(
        rule="not-readable",
        object=spot.object,
        expected="to be read and compared",
        found=spot.reason,
        mend=spot.mend or otherwise,
        outcome=Outcome.BLIND,
    )
