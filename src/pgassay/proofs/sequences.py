"""Where sequences stand: what no rollback takes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

_AT_ONCE = 500  # queries in one
_ALL: LiteralString = """
SELECT n.nspname, c.relname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""
_ONE: LiteralString = "SELECT {schema}, {name}, last_value, is_called FROM {sequence}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a sequence stands: its last value, and whether it has given it away."""

    last_value: int
    is_called: bool


Positions = Mapping[tuple[str, str], Position]
"""By schema and name."""


def read_positions(connection: psycopg.Connection[Any]) -> Positions:
    """Read where every sequence of a database stands."""
    names = connection.execute(_ALL).fetchall()
    parts = [
        sql.SQL(_ONE).format(schema=schema, name=name, sequence=sql.Identifier(schema, name)) for schema, name in names
    ]
    batches = (parts[begin : begin + _AT_ONCE] for begin in range(0, len(parts), _AT_ONCE))
    rows = (row for batch in batches for row in connection.execute(sql.SQL(" UNION ALL ").join(batch)).fetchall())
    return {(schema, name): Position(*position) for schema, name, *position in rows}


def put_back(connection: psycopg.Connection[Any], positions: Positions) -> None:
    """Put sequences where they stood."""
    for name, position in positions.items():
        statement = sql.SQL("SELECT setval({}::regclass, {}, {})")
        text = sql.Identifier(*name).as_string(connection)
        connection.execute(statement.format(text, position.last_value, position.is_called))
