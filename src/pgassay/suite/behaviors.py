"""Put the entries of behavior.toml to the test, each on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pgassay.behaviors.verdicts import is_untried
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import Entry
from pgassay.errors import ContractError
from pgassay.findings import Finding, Report

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context

E = TypeVar("E", bound=Entry)
Try = Callable[[E, "ScratchDatabase", Catalog], tuple[Finding, ...]]
"""Tries an entry on a database of its own, whose catalog is given."""


def try_each(context: Context, entries: Sequence[E], experiment: Try[E]) -> Report:
    """Try entries one by one, each on a database of its own.

    Args:
        context: Where databases are made.
        entries: All of one kind.
        experiment: What tries one.
    """
    findings = [finding for entry in entries for finding in _try(context, entry, experiment)]
    return Report(title="", findings=tuple(findings), looked_at=len(entries))


def _try(context: Context, entry: E, experiment: Try[E]) -> tuple[Finding, ...]:
    """Try one entry; one that cannot be tried does not keep the others, nor other checks, from being run."""
    with context.sandbox.new() as database:
        try:
            return experiment(entry, database, context.sandbox.catalog())
        except ContractError as error:
            return (is_untried(entry, error),)
