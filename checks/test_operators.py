"""Operators, collations and text search."""

from pgassay.plugin.face import CheckFace


def test_operators(assay_check: CheckFace) -> None:
    """Operators, operator classes and operator families are what the contract says."""
    assay_check("operators")


def test_collations(assay_check: CheckFace) -> None:
    """Collations are what the contract says."""
    assay_check("collations")


def test_text_search(assay_check: CheckFace) -> None:
    """Text search configurations, dictionaries, parsers and templates are what the contract says."""
    assay_check("text_search")
