"""What a function that is not what it claims to be looks like to its reader."""

from __future__ import annotations

from pgassay.behaviors.functions.gives import as_volatile
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding


def claims_wrongly(
    entry: FunctionBehavior, function: Function, rule: str, expected: str, found: str, *, word: str = "VOLATILE"
) -> Finding:
    """Report a volatility that a trial contradicts.

    Args:
        entry: The entry.
        function: Its function.
        rule: The finding's rule.
        expected: What its volatility promises.
        found: What it does.
        word: What it is instead.
    """
    return finding_of(
        entry,
        rule,
        expected=f"being {function.volatility}, the function {expected}",
        found=found,
        mend=as_volatile(function, word),
    )
