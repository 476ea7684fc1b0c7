"""Constraints: whether they do their job."""

from pgassay.plugin.face import CheckFace


def test_constraint_behavior(assay_check: CheckFace) -> None:
    """Every constraint of behavior.toml accepts what is valid, and rejects what is not."""
    assay_check("constraint_behavior")
