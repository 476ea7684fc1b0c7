"""What an entry about rows that fails looks like to its reader."""

from __future__ import annotations

from collections import Counter

import psycopg

from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import SHOWN_ROWS, count_rows, finding_of
from pgassay.catalog.record import one_line, shortened
from pgassay.contract.behavior import AccessBehavior
from pgassay.findings import Finding

_DONE = {"see": "seen", "update": "updated", "delete": "deleted"}
_MEND = "look at the policies for this command and role, and whether row security is on and holds for the role"


def too_many(entry: AccessBehavior, verb: str, condition: str, rows: Counter[str]) -> Finding:
    """Report rows that a role has beyond those that it must have."""
    return finding_of(
        entry,
        f"row-{_DONE[verb]}",
        expected=f"it can {verb} only rows where {condition}",
        found=f"it can {verb} {_listed(rows)}, too",
        mend=_MEND,
    )


def too_few(entry: AccessBehavior, verb: str, condition: str, rows: Counter[str]) -> Finding:
    """Report rows that a role lacks."""
    return finding_of(
        entry,
        f"row-not-{_DONE[verb]}",
        expected=f"it can {verb} each row where {condition}",
        found=f"it cannot {verb} {_listed(rows)}",
        mend=_MEND,
    )


def stopped(entry: AccessBehavior, verb: str, condition: str, error: psycopg.Error) -> Finding:
    """Report that a role could not even try."""
    denied = isinstance(error, psycopg.errors.InsufficientPrivilege)
    return finding_of(
        entry,
        "access-denied" if denied else "access-fails",
        expected=f"it can {verb} rows where {condition}",
        found=say(error),
        mend="look at the role's privileges, and at WITH CHECK of the policies" if denied else "look at what fails",
    )


def _listed(rows: Counter[str]) -> str:
    """Name some rows by their keys, and count the others."""
    texts = sorted(rows.elements())
    more = len(texts) - SHOWN_ROWS
    shown = ", ".join(shortened(one_line(text)) for text in texts[:SHOWN_ROWS])
    return f"{count_rows(len(texts))}: {shown}" + (f" and {more} more" if more > 0 else "")
