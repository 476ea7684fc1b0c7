"""What the extension plpgsql_check says of a function, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import ask
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


def lint(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> Iterator[Finding]:
    """Report what plpgsql_check says; a trigger's function is looked at once for each table that it serves."""
    if function.language != "plpgsql":
        problem = f"{function.label} is written in {function.language}"
        raise entry.untriable("check", problem, hint="plpgsql_check looks at plpgsql alone: take the key out")
    place = connection.execute(_WHERE).fetchone()
    if place is None:
        yield _blind(entry)
        return
    relations = _relations(catalog, function) or [None]
    said = [line for relation in relations for line in _said(connection, place[0], function, relation)]
    if said:
        yield finding_of(
            entry,
            "plpgsql-check",
            expected="plpgsql_check has nothing to say",
            found="\n".join(dict.fromkeys(said)),
            mend=f"look at {function.label}",
        )


def _relations(catalog: Catalog, function: Function) -> list[str | None]:
    name = f"{quote_name(function.schema)}.{quote_name(function.name)}"
    triggers = (cast(Trigger, record) for record in catalog.records.get("trigger", {}).values())
    found = (f"{quote_name(t.schema)}.{quote_name(t.table)}" for t in triggers if t.function == name)
    return list(dict.fromkeys(found))


def _said(connection: psycopg.Connection[Any], schema: str, function: Function, relation: str | None) -> list[str]:
    name = f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
    checker = sql.Identifier(schema, "plpgsql_check_function")
    statement = sql.SQL("SELECT * FROM {}($1::regprocedure, $2::regclass)").format(checker)
    if relation is None:
        statement = sql.SQL("SELECT * FROM {}($1::regprocedure)").format(checker)
    found = ask(connection, statement, [name] if relation is None else [name, relation])
    return [str(row[0]) for row in found]


def _blind(entry: FunctionBehavior) -> Finding:
    return finding_of(
        entry,
        "plpgsql-not-checked",
        expected="the extension plpgsql_check in the database",
        found="it is not there",
        mend="CREATE EXTENSION plpgsql_check; in schema/init, where the server has it",
        outcome=Outcome.BLIND,
    )
