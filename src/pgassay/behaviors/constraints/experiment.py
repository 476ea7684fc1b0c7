"""Put a `[[constraint]]` entry of behavior.toml to the test, on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg

from pgassay.behaviors.constraints.find import Rule, find_rule
from pgassay.behaviors.scene import PATIENCE, MissingError, find_relation, give, say
from pgassay.behaviors.verdicts import finding_of, is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import ConstraintBehavior
from pgassay.findings import Finding

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
        give(connection, entry, entry.given)
        accepted = (_accepts(entry, connection, rule, text) for text in entry.accepts)
        rejected = (_rejects(entry, connection, rule, text) for text in entry.rejects)
        return tuple(finding for findings in (*accepted, *rejected) for finding in findings)


def _accepts(
    entry: ConstraintBehavior, connection: psycopg.Connection[Any], rule: Rule, text: str
) -> Iterator[Finding]:
    error = attempt(connection, text)
    if error is None:
        return
    _refuse_mistake(entry, "accepts", error)
    yield finding_of(
        entry,
        "valid-row-rejected",
        expected=f"{_short(text)} succeeds",
        found=say(error),
        mend=f"look at {rule.label}: {rule.definition}" if rule.refuses(error) else "look at what is named there",
    )


def _rejects(
    entry: ConstraintBehavior, connection: psycopg.Connection[Any], rule: Rule, text: str
) -> Iterator[Finding]:
    error = attempt(connection, text)
    if error is not None and rule.refuses(error):
        return
    if error is not None:
        _refuse_mistake(entry, "rejects", error)
    yield finding_of(
        entry,
        "invalid-row-accepted" if error is None else "row-rejected-otherwise",
        expected=f"{_short(text)} fails on {rule.label}",
        found="it succeeds" if error is None else say(error),
        mend=rule.mend if error is None else "correct the text, so that nothing else is wrong with it",
    )


def attempt(connection: psycopg.Connection[Any], text: str) -> psycopg.Error | None:
    """Run SQL and what is deferred to its end, and roll it back; return what it fails with."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(text.encode())
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error
    return None


def _refuse_mistake(entry: ConstraintBehavior, key: str, error: psycopg.Error) -> None:
    """A text that is no right SQL shows nothing of a constraint."""
    if (error.sqlstate or "").startswith("42"):
        raise entry.untriable(key, say(error), hint="correct the text") from error


def _short(text: str) -> str:
    return " ".join(text.split())
