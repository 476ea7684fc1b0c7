"""Triggers: what they are, and whether they do their job."""

from pgassay.plugin.face import CheckFace


def test_trigger_definitions(assay_check: CheckFace) -> None:
    """Every trigger has its timing, events, condition and function, and is enabled."""
    assay_check("trigger_definitions")


def test_trigger_behavior(assay_check: CheckFace) -> None:
    """Every trigger of behavior.toml does its job."""
    assay_check("trigger_behavior")
