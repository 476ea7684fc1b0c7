"""Functions: whether they do their job."""

from pgassay.plugin.face import CheckFace


def test_function_behavior(assay_check: CheckFace) -> None:
    """Every function of behavior.toml gives what it must, and is what it claims to be."""
    assay_check("function_behavior")
