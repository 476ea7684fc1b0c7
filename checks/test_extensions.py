"""Extensions: present, of the right version, preloaded and answering."""

from pgassay.plugin.face import CheckFace


def test_extensions(assay_check: CheckFace) -> None:
    """Every extension is there, in its version, its schema, with its members and with what depends on it."""
    assay_check("extensions")


def test_extensions_at_work(assay_check: CheckFace) -> None:
    """Every extension that needs preloading is preloaded, and answers."""
    assay_check("extensions_at_work")
