"""Put a `[[constraint]]` entry of behavior.toml to the test, on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from pgassay.behaviors.constraints.find import Rule, find_rule
from pgassay.behaviors.constraints.invalid import IMMEDIATE
from pgassay.behaviors.given import give
from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.scene import PATIENCE, MissingError, find_relation, say
from pgassay.behaviors.verdicts import finding_of, is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import ConstraintBehavior
from pgassay.findings import Finding

_NOTHING: Literal["nothing"] = "nothing"
_WROTE = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"  # a transaction gets an ID as soon as it writes
Connect = Callable[[], psycopg.Connection[Any]]


def try_constraint(entry: ConstraintBehavior, connect: Connect, catalog: Catalog | None = None) -> tuple[Finding, ...]:
    """Run one entry and say what did not happen as it must.

    Args:
        entry: The entry.
        connect: Opens a session as the owner on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.

    Raises:
        ContractError: `given` fails, or a text is wrong; the entry is named.
    """
    with closing(connect()) as connection:
        connection.autocommit = True
        catalog = read_catalog(connection) if catalog is None else catalog
        connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
        try:
            rule = find_rule(catalog, find_relation(catalog, entry.table), entry.constraint)
        except MissingError as missing:
            return (is_missing(entry, missing),)
        give(connection, entry, entry.given, catalog)
        trial = _Trial(entry, connection, catalog, rule)
        accepted = map(trial.accepts, entry.accepts)
        rejected = map(trial.rejects, entry.rejects)
        return tuple(finding for findings in (*accepted, *rejected) for finding in findings)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One entry's texts, tried one by one."""

    entry: ConstraintBehavior
    connection: psycopg.Connection[Any]
    catalog: Catalog
    rule: Rule

    def accepts(self, text: str) -> Iterator[Finding]:
        """Yield what is wrong where a text does not succeed."""
        done = self._attempt("accepts", text)
        expected, rule = f"{_short(text)} succeeds", self.rule
        if isinstance(done, str):
            yield self._nothing(expected)
        elif isinstance(done, psycopg.Error):
            own = f"look at {rule.label}: {rule.definition}"
            mend = own if rule.refuses(done) else "look at what is named there"
            yield finding_of(self.entry, "valid-row-rejected", expected=expected, found=say(done), mend=mend)

    def rejects(self, text: str) -> Iterator[Finding]:
        """Yield what is wrong where a text does not fail on the constraint."""
        done = self._attempt("rejects", text)
        expected, rule = f"{_short(text)} fails on {self.rule.label}", self.rule
        if isinstance(done, str):
            yield self._nothing(expected)
        elif done is None:
            yield finding_of(self.entry, "invalid-row-accepted", expected=expected, found="it succeeds", mend=rule.mend)
        elif not rule.refuses(done):
            mend = "correct the text, so that nothing else is wrong with it"
            yield finding_of(self.entry, "row-rejected-otherwise", expected=expected, found=say(done), mend=mend)

    def _nothing(self, expected: str) -> Finding:
        mend = f"correct the text, or look at the triggers and rules of {self.entry.table}"
        found = "it succeeds, and writes nothing, which no constraint looks at"
        return finding_of(self.entry, "nothing-written", expected=expected, found=found, mend=mend)

    def _attempt(self, key: str, text: str) -> psycopg.Error | Literal["nothing"] | None:
        """Run SQL and what is deferred to its end, and roll it back; return what it fails with, or that it did nothing.

        Raises:
            ContractError: The text is no right SQL, which shows nothing of a constraint.
        """
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(text.encode())
                self.connection.execute(IMMEDIATE)
                row = self.connection.execute(_WROTE).fetchone()
        except psycopg.Error as error:
            if (error.sqlstate or "").startswith("42"):
                hint = hint_for(error, self.catalog, "correct the text")
                raise self.entry.untriable(key, say(error), hint=hint) from error
            return error
        return None if row == (True,) else _NOTHING


def _short(text: str) -> str:
    return " ".join(text.split())
