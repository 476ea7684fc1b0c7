"""Rules and event triggers."""

from pgassay.plugin.face import CheckFace


def test_rules(assay_check: CheckFace) -> None:
    """Every rule and every event trigger is what the contract says, and enabled."""
    assay_check("rules")
