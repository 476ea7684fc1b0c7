"""What a behaviour that fails looks like to its reader."""

from __future__ import annotations

from pgassay.behaviors.scene import MissingError
from pgassay.contract.behavior import Entry
from pgassay.errors import ContractError
from pgassay.findings import Finding, Outcome

SHOWN_ROWS = 3  # of those that misbehave; the others are counted


def finding_of(
    behavior: Entry, rule: str, *, expected: str, found: str, mend: str, outcome: Outcome = Outcome.FAIL
) -> Finding:
    """Make a finding of an entry, known by the entry's name."""
    about = f'behavior "{behavior.name}" of {behavior.about}'
    return Finding(rule=rule, object=about, expected=expected, found=found, mend=mend, outcome=outcome)


def is_missing(behavior: Entry, missing: MissingError) -> Finding:
    """Report that something is not there that an entry names; it may be the contract's mistake or the database's."""
    mend = f"make it, or correct the entry: {behavior.where()}"
    return finding_of(behavior, "behavior-object-missing", expected=missing.expected, found=missing.found, mend=mend)


def is_untried(behavior: Entry, error: ContractError) -> Finding:
    """Report an entry that cannot be tried: that is never a pass."""
    mend = error.hint or f"correct the entry: {behavior.where()}"
    return finding_of(
        behavior, "behavior-untried", expected="an entry that can be tried", found=error.message, mend=mend
    )


def quote_value(value: str | None) -> str:
    """Return a value as it is shown."""
    return "null" if value is None else f"'{value}'"


def count_rows(number: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if number == 1 else f"{number} rows"
