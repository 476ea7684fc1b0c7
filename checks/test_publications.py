"""Publications and subscriptions."""

from pgassay.plugin.face import CheckFace


def test_publications(assay_check: CheckFace) -> None:
    """Publications publish, and subscriptions ask for, what the contract says."""
    assay_check("publications")
