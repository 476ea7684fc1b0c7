"""Extended statistics."""

from pgassay.plugin.face import CheckFace


def test_statistics(assay_check: CheckFace) -> None:
    """Extended statistics are gathered of what the contract says."""
    assay_check("statistics")
