"""What the extension plpgsql_check says of functions, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from pgassay.behaviors.functions.plpgsql_check import ALL, ERRORS, Checker
from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding, Outcome


def lint(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> Iterator[Finding]:
    """Report what plpgsql_check says; a trigger's function is looked at once for each table that it serves."""
    if function.language != "plpgsql":
        problem = f"{function.label} is written in {function.language}"
        raise entry.untriable("check", problem, hint="plpgsql_check looks at plpgsql alone: take the key out")
    checker = Checker.find(connection, catalog)
    if checker is None or not checker.uses(function):
        yield _not_there(entry) if checker is None else _not_used(entry)
        return
    try:
        said = checker.said(function, ALL)
    except psycopg.Error as error:
        yield _blind(entry, "an answer of plpgsql_check", f"it fails: {say(error)}", f"look at {function.label}")
        return
    if said:
        yield finding_of(
            entry,
            "plpgsql-check",
            expected="plpgsql_check has nothing to say",
            found="\n".join(said),
            mend=f"look at {function.label}",
        )


def lint_error(checker: Checker, function: Function) -> Finding | None:
    """Return the errors, without any warning, that plpgsql_check finds in a function that no entry speaks of."""
    try:
        said, outcome = checker.said(function, ERRORS), Outcome.FAIL
    except psycopg.Error as error:
        said, outcome = [f"it fails: {say(error)}"], Outcome.BLIND
    if not said:
        return None
    return Finding(
        rule="plpgsql-check" if outcome is Outcome.FAIL else "plpgsql-not-checked",
        object=function.label,
        expected="plpgsql_check finds no error",
        found="\n".join(said),
        mend=f"look at {function.label}",
        outcome=outcome,
    )


def _not_there(entry: FunctionBehavior) -> Finding:
    mend = "CREATE EXTENSION plpgsql_check; in schema/init, where the server has it"
    return _blind(entry, "the extension plpgsql_check in the database", "it is not there", mend)


def _not_used(entry: FunctionBehavior) -> Finding:
    mend = "make its trigger, or take the key out"
    return _blind(entry, "a table to look at the function with", "no trigger calls it", mend)


def _blind(entry: FunctionBehavior, expected: str, found: str, mend: str) -> Finding:
    return finding_of(entry, "plpgsql-not-checked", expected=expected, found=found, mend=mend, outcome=Outcome.BLIND)
