"""Run a check where others are run too: what keeps it from looking is a finding of its own, and no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.errors import BlindError, MigrationError, PgassayError, ServerError
from pgassay.findings import Finding, Outcome, Report

if TYPE_CHECKING:
    from pgassay.suite.check import Check
    from pgassay.suite.context import Context

IMPOSSIBLE, UNSEEN = "cannot-be-right", "not-looked-at"
KEPT_FROM_LOOKING = frozenset({IMPOSSIBLE, UNSEEN})


def run_check(context: Context, check: Check) -> Report:
    """Run one check; what it could not look at does not keep the others from looking."""
    try:
        return context.report(check.name)
    except (BlindError, ServerError) as error:
        return Report(title=check.name, findings=(unseen(f"check {check.name}", error),))
    except MigrationError as error:
        return Report(title=check.name, findings=(_impossible(check, error),))


def unseen(what: str, error: PgassayError, *, reason: str | None = None) -> Finding:
    """Make a blind finding of what could not be looked at.

    Args:
        what: That.
        error: Why.
        reason: Why, where it is said otherwise.
    """
    return Finding(
        rule=UNSEEN,
        object=what,
        expected="to look",
        found=error.message if reason is None else reason,
        mend=error.hint or "",
        outcome=Outcome.BLIND,
    )


def _impossible(check: Check, error: PgassayError) -> Finding:
    """Make a finding of migrations or a ledger that cannot be right: the other checks have something to say too."""
    return Finding(
        rule=IMPOSSIBLE,
        object=f"check {check.name}",
        expected="migrations and a ledger that can be read",
        found=error.message,
        mend=error.hint or "",
    )
