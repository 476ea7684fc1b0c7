"""What is in a database and in no catalog of it: rows, where sequences stand, and what all databases share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

Name = tuple[str, str]
"""A relation's schema and name."""

_AT_ONCE = 500  # queries in one
_SEQUENCES: LiteralString = """
SELECT n.nspname, c.relname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't'
   AND has_schema_privilege(n.oid, 'USAGE')
   AND CASE c.relkind WHEN 'S' -- asked of another relation, it is an error; and AND has no order
            THEN has_sequence_privilege(c.oid, 'SELECT') AND has_sequence_privilege(c.oid, 'UPDATE') END
"""
# An empty file has no rows; most tables of a database that nothing but migrations has seen are empty.
_TABLES: LiteralString = """
SELECT n.nspname, c.relname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384 AND pg_relation_size(c.oid) > 0
   AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
"""
_POSITION: LiteralString = "SELECT {schema}, {name}, last_value, is_called FROM {relation}"
_COUNT: LiteralString = "SELECT {schema}, {name}, count(*) FROM ONLY {relation}"
_SHARED: LiteralString = """
SELECT (SELECT md5(string_agg(r::text, ' ' ORDER BY r.rolname)) FROM pg_roles AS r),
       (SELECT md5(string_agg(m::text, ' ' ORDER BY m.roleid, m.member)) FROM pg_auth_members AS m),
       (SELECT count(*) FROM pg_tablespace)
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a sequence stands: its last value, and whether it has given it away."""

    last_value: int
    is_called: bool


Positions = Mapping[Name, Position]


def read_positions(connection: psycopg.Connection[Any]) -> Positions:
    """Read where every sequence of a database stands."""
    names = connection.execute(_SEQUENCES).fetchall()
    return {(schema, name): Position(*rest) for schema, name, *rest in _of_each(connection, names, _POSITION)}


def moved_since(connection: psycopg.Connection[Any], stood: Positions) -> Positions:
    """Return the sequences that stand elsewhere now, and where they stood."""
    stand = read_positions(connection)
    return {name: position for name, position in stood.items() if stand.get(name, position) != position}


def put_back(connection: psycopg.Connection[Any], positions: Positions) -> None:
    """Put sequences where they stood."""
    for name, position in positions.items():
        sequence = sql.Identifier(*name).as_string(connection)
        connection.execute("SELECT setval(%s::regclass, %s, %s)", [sequence, position.last_value, position.is_called])


def count_rows(connection: psycopg.Connection[Any]) -> Mapping[Name, int]:
    """Count the rows of every table that has any."""
    names = connection.execute(_TABLES).fetchall()
    return {(schema, name): count for schema, name, count in _of_each(connection, names, _COUNT) if count}


def other_counts(expected: Mapping[Name, int], found: Mapping[Name, int]) -> list[str]:
    """Say which tables have other numbers of rows."""
    pairs = {name: (expected.get(name, 0), found.get(name, 0)) for name in sorted({*expected, *found})}
    return [f"table {s}.{n} has {is_} rows, not {was}" for (s, n), (was, is_) in pairs.items() if was != is_]


def read_shared(connection: psycopg.Connection[Any]) -> str:
    """Return what becomes another text when a role, a membership or a tablespace comes or goes: copies share them."""
    return str(connection.execute(_SHARED).fetchone())


def _of_each(
    connection: psycopg.Connection[Any], names: Iterable[Name], query: LiteralString
) -> Iterator[tuple[Any, ...]]:
    """Ask the same of many relations in few queries."""
    parts = [
        sql.SQL(query).format(schema=schema, name=name, relation=sql.Identifier(schema, name)) for schema, name in names
    ]
    for begin in range(0, len(parts), _AT_ONCE):
        yield from connection.execute(sql.SQL(" UNION ALL ").join(parts[begin : begin + _AT_ONCE])).fetchall()
