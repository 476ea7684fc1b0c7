"""What a failed `assert left == right` shows of catalogs and what is in them; other comparisons are left to pytest."""

from __future__ import annotations

import sys


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what differs, object by object; where no catalog was ever read, nothing is loaded to find that out."""
    if op != "==" or "pgassay.catalog.catalog" not in sys.modules:
        return None
    from pgassay.catalog.explanation import explain

    return explain(left, right)
