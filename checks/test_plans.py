"""Plans: queries and foreign keys find the indexes that were made for them."""

from pgassay.plugin.face import CheckFace


def test_plans(assay_check: CheckFace) -> None:
    """Every [[plan]] of behavior.toml: its query uses the indexes that it names, and reads no more than it may."""
    assay_check("plans")


def test_foreign_key_indexes(assay_check: CheckFace) -> None:
    """Every foreign key's check finds an index; asked where behavior.toml has a [[plan]]."""
    assay_check("foreign_key_indexes")
