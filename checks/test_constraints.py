"""Constraints: whether they do their job."""

from pgassay.plugin.face import CheckFace


def test_constraint_behavior(assay_check: CheckFace) -> None:
    """Every constraint of behavior.toml accepts what is valid, and rejects what is not."""
    assay_check("constraint_behavior")


def test_constraints_at_work(assay_check: CheckFace) -> None:
    """Every constraint without an entry takes a valid row, and refuses an invalid one."""
    assay_check("constraints_at_work")
