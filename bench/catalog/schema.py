"""The schema: so many tables of six columns and three indexes."""

from __future__ import annotations

from typing import Any

import psycopg

BATCH = 250  # tables made in one transaction, which holds a lock on each


def fill(connection: psycopg.Connection[Any], tables: int) -> None:
    """Make the tables, and let the planner know of them."""
    for first in range(0, tables, BATCH):
        statements = map(_table, range(first, min(first + BATCH, tables)))
        connection.execute("".join(statements).encode())
    connection.execute("ANALYZE")


def tables_sql(tables: int) -> str:
    """Return the statements that make them."""
    return "\n".join(map(_table, range(tables)))


def is_odd(number: int) -> bool:
    """Every tenth table has defaults, checks and expressions, which PostgreSQL has to write from parse trees."""
    return number % 10 == 0


def _table(number: int) -> str:
    odd = is_odd(number)
    key = "GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if odd else "PRIMARY KEY"
    reference = f"REFERENCES t{number - 1}" if number % 5 else ""
    check, default = ("CHECK (amount >= 0)", "DEFAULT now()") if odd else ("", "")
    second = (
        f"UNIQUE INDEX t{number}_second ON t{number} (lower(email)) WHERE email IS NOT NULL"
        if odd
        else f"INDEX t{number}_second ON t{number} (created_at, id DESC)"
    )
    return (
        f"CREATE TABLE t{number} (id bigint {key}, name varchar(100) NOT NULL, email text, "
        f"parent bigint {reference}, amount numeric(10, 2) {check}, created_at timestamptz {default});"
        f"CREATE INDEX t{number}_name ON t{number} (name);"
        f"CREATE {second};"
    )
