"""What a failed `assert left == right` shows of catalogs, of what is in them, and of who waits for whom."""

from __future__ import annotations

import sys


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what differs; where nothing of ours was ever loaded, nothing is loaded to find that out."""
    if op != "==":
        return None
    if "pgassay.behaviors.sessions.step" in sys.modules:
        from pgassay.behaviors.sessions.step import explain_wait

        if (lines := explain_wait(left, right)) is not None:
            return lines
    if "pgassay.catalog.catalog" in sys.modules:
        from pgassay.catalog.explanation import explain

        return explain(left, right)
    return None
