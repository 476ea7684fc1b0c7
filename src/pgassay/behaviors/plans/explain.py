"""Ask the planner: for the plan that serves any parameters, or for what a plan reads where it is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.plans.node import Node, read_plan

GENERIC_PLAN = 160000  # the first version whose EXPLAIN takes a query with $1 in it
PATIENCE = 60  # seconds that one query may run
_NAME = "pgassay_plan"
_PARAMETERS = "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s"


def explain(connection: psycopg.Connection[Any], query: str) -> Node:
    """Return the plan that serves any parameters; nothing is run.

    Args:
        connection: In autocommit.
        query: One statement, with `$1`, `$2`, ...

    Raises:
        psycopg.Error: It cannot be planned.
    """
    if connection.info.server_version >= GENERIC_PLAN:
        return _plan(connection, sql.SQL("EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) {}").format(_text(query)))
    with _prepared(connection, query) as nulls:
        # The generic plan of a prepared statement. With its parameters, nulls, every partition would be pruned.
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_partition_pruning = off")
        return _plan(connection, sql.SQL("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {}").format(_call(nulls)))


def count_parameters(connection: psycopg.Connection[Any], query: str) -> int:
    """Return how many parameters a query takes.

    Raises:
        psycopg.Error: It cannot be planned.
    """
    with _prepared(connection, query) as nulls:
        return len(nulls)


def measure(connection: psycopg.Connection[Any], query: str, parameters: Sequence[str]) -> Node:
    """Run a query in a transaction that is rolled back, and return its plan with what it read.

    Args:
        connection: In autocommit.
        query: One statement, with `$1`, `$2`, ...
        parameters: Their values, as PostgreSQL reads them from text.

    Raises:
        psycopg.Error: It cannot be planned, or fails.
    """
    with _prepared(connection, query):
        connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE:d}s'")
        values = [sql.Literal(value) for value in parameters]
        options = sql.SQL("ANALYZE, BUFFERS, TIMING off, VERBOSE, FORMAT JSON")
        return _plan(connection, sql.SQL("EXPLAIN ({}) EXECUTE {}").format(options, _call(values)))


@contextmanager
def _prepared(connection: psycopg.Connection[Any], query: str) -> Iterator[list[sql.Composable]]:
    """Go into a transaction that is rolled back, with the query prepared; gives a null for each parameter."""
    connection.execute(sql.SQL("PREPARE {} AS {}").format(sql.Identifier(_NAME), _text(query)))
    try:
        row = connection.execute(_PARAMETERS, [_NAME]).fetchone()
        with connection.transaction(force_rollback=True):
            yield [sql.NULL] * (row[0] if row else 0)
    finally:
        connection.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(_NAME)))


def _text(query: str) -> sql.SQL:
    """The contract's SQL, as it is."""
    return sql.SQL(cast(Any, query))


def _call(values: Sequence[sql.Composable]) -> sql.Composed:
    """The prepared statement with values; without any there are no parentheses."""
    name = sql.Identifier(_NAME)
    return sql.SQL("{}({})").format(name, sql.SQL(", ").join(values)) if values else sql.Composed([name])


def _plan(connection: psycopg.Connection[Any], statement: sql.Composed) -> Node:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return read_plan(row[0][0]["Plan"])
