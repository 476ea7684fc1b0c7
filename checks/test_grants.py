"""Grants: owners, privileges, memberships, and what each role can really do."""

from pgassay.plugin.face import CheckFace


def test_owners(assay_check: CheckFace) -> None:
    """Every object has the owner that the contract gives it."""
    assay_check("owners")


def test_privileges(assay_check: CheckFace) -> None:
    """Every privilege that the contract grants is granted, and no other."""
    assay_check("privileges")


def test_default_privileges(assay_check: CheckFace) -> None:
    """What will be granted on objects to come is what the contract says."""
    assay_check("default_privileges")


def test_roles(assay_check: CheckFace) -> None:
    """Roles, memberships and role settings are what the contract says."""
    assay_check("roles")


def test_effective_privileges(assay_check: CheckFace) -> None:
    """Each role can do what the contract lets it do, and nothing else, through whatever path."""
    assay_check("effective_privileges")
