"""Indexes: each whole, valid and ready."""

from pgassay.plugin.face import CheckFace


def test_index_definitions(assay_check: CheckFace) -> None:
    """Every index has its method, columns, order, operator classes, predicate and INCLUDE; valid and ready."""
    assay_check("index_definitions")
