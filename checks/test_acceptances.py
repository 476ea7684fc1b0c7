"""accepted.toml is up to date."""

from pgassay.plugin.face import CheckFace


def test_acceptances(assay_check: CheckFace) -> None:
    """What is accepted is still found."""
    assay_check("acceptances")
