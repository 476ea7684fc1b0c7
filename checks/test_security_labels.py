"""Security labels."""

from pgassay.plugin.face import CheckFace


def test_security_labels(assay_check: CheckFace) -> None:
    """Every security label is what the contract says."""
    assay_check("security_labels")
