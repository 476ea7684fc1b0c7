"""What the extension plpgsql_check says of a function, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import ask, say
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding, Outcome

_WHERE = """
SELECT n.nspname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE p.proname = 'plpgsql_check_function' ORDER BY p.oid LIMIT 1
"""
# An error does not end it: all are reported at once.
_ASK = sql.SQL("""
SELECT * FROM {}($1::regprocedure, $2::regclass, fatal_errors => false, oldtable => $3::name, newtable => $4::name)
""")


def lint(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> Iterator[Finding]:
    """Report what plpgsql_check says; a trigger's function is looked at once for each table that it serves."""
    if function.language != "plpgsql":
        problem = f"{function.label} is written in {function.language}"
        raise entry.untriable("check", problem, hint="plpgsql_check looks at plpgsql alone: take the key out")
    place = connection.execute(_WHERE).fetchone()
    uses = _uses(catalog, function)
    if place is None or not uses:
        yield _not_there(entry) if place is None else _not_used(entry)
        return
    try:
        said = [line for use in uses for line in _said(connection, place[0], function, use)]
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


@dataclass(frozen=True, slots=True)
class _Use:
    """What a function is called for: a table with the transition tables that a trigger gives it, or nothing."""

    table: str | None = None
    old: str | None = None
    new: str | None = None


def _uses(catalog: Catalog, function: Function) -> list[_Use]:
    """Return how a function is called; of a trigger's function that no trigger calls there is nothing to look at."""
    if function.result != "trigger":
        return [_Use()]
    name = f"{quote_name(function.schema)}.{quote_name(function.name)}"
    triggers = (cast(Trigger, record) for record in catalog.records.get("trigger", {}).values())
    found = (
        _Use(f"{quote_name(t.schema)}.{quote_name(t.table)}", t.old_table, t.new_table)
        for t in triggers
        if t.function == name
    )
    return list(dict.fromkeys(found))


def _said(connection: psycopg.Connection[Any], schema: str, function: Function, use: _Use) -> list[str]:
    name = f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
    statement = _ASK.format(sql.Identifier(schema, "plpgsql_check_function"))
    lines = [str(line) for (line,) in ask(connection, statement, [name, use.table or "0", use.old, use.new])]
    return [f"for {use.table}:", *lines] if use.table and lines else lines


def _not_there(entry: FunctionBehavior) -> Finding:
    mend = "CREATE EXTENSION plpgsql_check; in schema/init, where the server has it"
    return _blind(entry, "the extension plpgsql_check in the database", "it is not there", mend)


def _not_used(entry: FunctionBehavior) -> Finding:
    mend = "make its trigger, or take the key out"
    return _blind(entry, "a table to look at the function with", "no trigger calls it", mend)


def _blind(entry: FunctionBehavior, expected: str, found: str, mend: str) -> Finding:
    return finding_of(entry, "plpgsql-not-checked", expected=expected, found=found, mend=mend, outcome=Outcome.BLIND)
