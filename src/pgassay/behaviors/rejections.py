"""Whether an error is the one that was said, and how that is told to a reader."""

from __future__ import annotations

import psycopg

from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Rejects


def is_as_said(error: psycopg.Error, expect: Rejects) -> bool:
    """Return whether SQLSTATE and constraint are the ones that are expected."""
    return (expect.sqlstate is None or error.sqlstate == expect.sqlstate) and (
        expect.constraint is None or error.diag.constraint_name == expect.constraint
    )


def rejection(expect: Rejects, what: str = "the change is rejected") -> str:
    """Say which rejection is expected."""
    constraint = f"on constraint {quote_name(expect.constraint)}" if expect.constraint else ""
    sqlstate = f"with SQLSTATE {expect.sqlstate}" if expect.sqlstate else ""
    return " ".join(word for word in (what, constraint, sqlstate) if word)
