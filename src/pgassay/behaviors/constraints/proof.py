"""Conditions that no row can have, as PostgreSQL's own planner proves them; nothing is read."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.rows.oracle import identifier, written
from pgassay.catalog.record import Identity

# The planner then refutes conditions that contradict themselves, or the table's constraints; it proves little, and
# nothing that is not so.
_THOROUGH = "SET LOCAL constraint_exclusion = on"
_PLAN = sql.SQL("EXPLAIN (FORMAT JSON) SELECT FROM {rows} AS {name} WHERE {condition}")
_ROWS = sql.SQL("(SELECT (NULL::{table}).* OFFSET 0)")  # of the table's type, and of no table: no constraint is known


def is_never_true(
    connection: psycopg.Connection[Any], table: Identity, condition: str, *, beside_others: bool = False
) -> bool:
    """Tell whether it is proven that no row has a condition true.

    Args:
        connection: In a transaction.
        table: The table that the condition is about.
        condition: SQL.
        beside_others: Whether the table's valid constraints, NOT NULL included, are known to hold; of a table that is
            not partitioned.
    """
    name = identifier(*table)
    rows = sql.SQL("ONLY {}").format(name) if beside_others else _ROWS.format(table=name)
    query = _PLAN.format(rows=rows, name=identifier(table[-1]), condition=written(condition))
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_THOROUGH)
            row = connection.execute(query, []).fetchone()
    except psycopg.Error:  # what cannot be planned proves nothing
        if connection.closed:
            raise
        return False
    return row is not None and row[0][0]["Plan"].get("One-Time Filter") == "false"
