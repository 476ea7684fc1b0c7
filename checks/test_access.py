"""Access: who can do what, asked three times, and what behavior.toml says of it."""

from pgassay.plugin.face import CheckFace


def test_access_matrix(assay_check: CheckFace) -> None:
    """What roles can do as it is declared, as the server computes it, and as it turns out is the same."""
    assay_check("access_matrix")


def test_access_leaks(assay_check: CheckFace) -> None:
    """Nothing goes past row security, and no function lends its owner's rights to whoever names things for it."""
    assay_check("access_leaks")


def test_access_behavior(assay_check: CheckFace) -> None:
    """Every role can do what behavior.toml says, sees the rows that it says, and nobody else does."""
    assay_check("access_behavior")


def test_access_of_target(assay_check: CheckFace) -> None:
    """On the target every role can do what behavior.toml says, and nobody else can."""
    assay_check("access_of_target")
