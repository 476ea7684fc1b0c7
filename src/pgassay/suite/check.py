"""A check: a function from a context to a report, and what must be there for it to mean anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pgassay.findings import Report

if TYPE_CHECKING:
    from pgassay.suite.context import Context


class Needs(StrEnum):
    """What a check is left with nothing without. The value says why it is left out."""

    SUBJECT = "there is neither a migration nor a --db-url to compare schema/ with"
    EXPECTED = "there is no schema/ to compare the migrations with"
    CONTRACT = "there is no schema/ that the migrations could lead to"
    SCHEMA = "there is neither a migration nor a schema/ to make a database of"
    TRIGGERS = "behavior.toml has no [[trigger]]"
    ACCESS = "behavior.toml has no [[access]]"
    PRIVILEGES = "behavior.toml has no [[access]] with can, cannot or nobody_else"
    TARGET = "there is no --db-url"
    CONSTRAINTS = "behavior.toml has no [[constraint]]"
    FUNCTIONS = "behavior.toml has no [[function]]"
    PLANS = "behavior.toml has no [[plan]]"
    INIT = "there is no schema/init"
    MIGRATIONS = "the settings say that there are no migrations"
    LATECOMERS = "the tool that applies the migrations takes none of them out of order"
    BASELINES = "no baseline is kept that could stand for the first migrations"
    LEDGER = "there is no --db-url, and only a real database has the table of the tool that applies the migrations"
    ACCEPTANCES = "there is no accepted.toml"
    SCRATCH = "no scratch server can be had"


@dataclass(frozen=True)
class Check:
    """One check of the shipped suite. Calling it runs it, and times it.

    Attributes:
        name: Its name; the pytest test is `test_<name>`.
        look: What it does.
        needs: What must be there.
        looks_at_target: Whether it reads the subject, which is the target where there is one.
        asks_target: Whether it asks the subject itself, too: what it finds does not follow from the catalog alone.
    """

    name: str
    look: Callable[[Context], Report]
    needs: frozenset[Needs]
    looks_at_target: bool
    asks_target: bool = False

    def __call__(self, context: Context) -> Report:
        """Run the check."""
        began = time.perf_counter()
        report = self.look(context)
        return replace(report, title=self.name, seconds=time.perf_counter() - began)

    def missing(self, context: Context) -> Needs | None:
        """Return the first thing that is not there, or None where the check can run."""
        return next((need for need in Needs if need in self.needs and not context.has(need)), None)


def check(*needs: Needs, target: bool = False, asks: bool = False) -> Callable[[Callable[[Context], Report]], Check]:
    """Mark a function as a check under its own name; `suite.every` finds it.

    Args:
        needs: What must be there.
        target: Whether it looks at the subject.
        asks: Whether it asks the subject itself, too, beside its catalog.
    """

    def mark(function: Callable[[Context], Report]) -> Check:
        return Check(function.__name__, function, frozenset(needs), target, asks)

    return mark
