"""What lives in no schema."""

from pgassay.plugin.face import CheckFace


def test_foreign_data(assay_check: CheckFace) -> None:
    """Foreign-data wrappers, foreign servers and user mappings are what the contract says."""
    assay_check("foreign_data")


def test_languages(assay_check: CheckFace) -> None:
    """Languages, transforms, casts, conversions and access methods are what the contract says."""
    assay_check("languages")


def test_large_objects(assay_check: CheckFace) -> None:
    """Every large object that the contract names is there, and belongs to whom it should."""
    assay_check("large_objects")


def test_cluster(assay_check: CheckFace) -> None:
    """Tablespaces and privileges on parameters are what the contract says."""
    assay_check("cluster")
