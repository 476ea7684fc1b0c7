"""The second answer: what `has_*_privilege` says, for all roles and all objects of a kind in one query.

Objects are asked about by oid: a name would be looked up with the rights of whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.behaviors.access.cells import Cell
from pgassay.behaviors.access.declared import RELATIONS, TYPES, on_column
from pgassay.catalog.effective import whole
from pgassay.catalog.grantable import COLUMN_PRIVILEGES, privileges_on
from pgassay.catalog.record import PUBLIC, Identity, RoleName
from pgassay.catalog.session import rows_of
from pgassay.target import reading

_RELATION: LiteralString = """
    SELECT c.oid, ARRAY[n.nspname, c.relname]::text[] AS identity
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""
_ROUTINE: LiteralString = """
    SELECT p.oid, ARRAY[n.nspname, p.proname, coalesce((SELECT string_agg(format_type(t, NULL), ', ' ORDER BY k)
                           FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k)), '')]::text[] AS identity
      FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
"""
_TYPE: LiteralString = """
    SELECT t.oid, ARRAY[n.nspname, t.typname]::text[] AS identity
      FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
"""
# Kind -> its objects, and the function that says who can what with them. What initdb made is left out where it is much.
_QUESTIONS: Mapping[str, tuple[LiteralString, LiteralString]] = {
    "table": (_RELATION + "WHERE c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384", "has_table_privilege"),
    "view": (_RELATION + "WHERE c.relkind = 'v' AND c.oid >= 16384", "has_table_privilege"),
    "materialized view": (_RELATION + "WHERE c.relkind = 'm'", "has_table_privilege"),
    "sequence": (_RELATION + "WHERE c.relkind = 'S'", "has_sequence_privilege"),
    "function": (_ROUTINE + "WHERE p.prokind <> 'a' AND p.oid >= 16384", "has_function_privilege"),
    "aggregate": (_ROUTINE + "WHERE p.prokind = 'a' AND p.oid >= 16384", "has_function_privilege"),
    **dict.fromkeys(TYPES, (_TYPE + "WHERE t.oid >= 16384", "has_type_privilege")),
    "schema": ("SELECT oid, ARRAY[nspname]::text[] AS identity FROM pg_namespace", "has_schema_privilege"),
    "database": (
        "SELECT oid, '{}'::text[] AS identity FROM pg_database WHERE datname = current_database()",
        "has_database_privilege",
    ),
    "language": ("SELECT oid, ARRAY[lanname]::text[] AS identity FROM pg_language", "has_language_privilege"),
    "foreign-data wrapper": (
        "SELECT oid, ARRAY[fdwname]::text[] AS identity FROM pg_foreign_data_wrapper",
        "has_foreign_data_wrapper_privilege",
    ),
    "foreign server": ("SELECT oid, ARRAY[srvname]::text[] AS identity FROM pg_foreign_server", "has_server_privilege"),
    "tablespace": ("SELECT oid, ARRAY[spcname]::text[] AS identity FROM pg_tablespace", "has_tablespace_privilege"),
    "large object": (
        "SELECT oid, ARRAY[oid::text] AS identity FROM pg_largeobject_metadata",
        "has_largeobject_privilege",
    ),
    "parameter privileges": (
        "SELECT parname AS oid, ARRAY[parname]::text[] AS identity FROM pg_parameter_acl",
        "has_parameter_privilege",
    ),
}
_SINCE = {"large object": 18, "parameter privileges": 15}

_ON_OBJECTS = sql.SQL("""
SELECT o.identity, r.name AS role, w.word AS action
FROM ({objects}) AS o, unnest(%(roles)s::text[]) AS r (name), unnest(%(actions)s::text[]) AS w (word)
WHERE {able}(r.name::name, o.oid, w.word)
""")
# Only of relations on whose columns something is granted. `every`: on each column that the action touches.
_ON_COLUMNS = sql.SQL("""
SELECT ARRAY[n.nspname, c.relname, a.attname]::text[] AS identity, r.name AS role, w.word AS action,
       w.word IN ('INSERT', 'UPDATE') AND (a.attgenerated <> '' OR a.attidentity = 'a') AS untouched,
       has_column_privilege(r.name::name, c.oid, a.attnum, w.word) AS able
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
     unnest(%(roles)s::text[]) AS r (name), unnest(%(actions)s::text[]) AS w (word)
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.oid >= 16384
  AND EXISTS (SELECT FROM pg_attribute AS g WHERE g.attrelid = c.oid AND g.attacl IS NOT NULL AND NOT g.attisdropped)
""")

Able = set[tuple[str, Identity, str, str]]
"""Kind, identity, role and action, where the role can."""


def with_computed(cells: Sequence[Cell], connection: psycopg.Connection[Any]) -> Iterator[Cell]:
    """Give each cell what the server computes.

    Args:
        cells: Of objects and roles that are there.
        connection: In autocommit; nothing is written.
    """
    major = connection.info.server_version // 10_000
    kinds = list(dict.fromkeys(cell.object.KIND for cell in cells))
    asked = [kind for kind in kinds if _SINCE.get(kind, 0) <= major]
    roles = list(dict.fromkeys(cell.role for cell in cells))
    able = _ask(connection, asked, roles, major)
    for cell in cells:
        kind, identity = cell.object.KIND, cell.object.identity
        # What can be done with the whole can be done with each column.
        computed = any((kind, identity, cell.role, action) in able for action in {cell.action, whole(cell.action)})
        yield replace(cell, computed=computed if kind in asked else None)


def _ask(connection: psycopg.Connection[Any], kinds: Sequence[str], roles: Sequence[RoleName], major: int) -> Able:
    questions = [(_question(kind), _parameters(roles, privileges_on(kind, major))) for kind in kinds]
    columns = (_ON_COLUMNS, _parameters(roles, sorted(COLUMN_PRIVILEGES)))
    with reading(connection):
        *answers, on_columns = rows_of(connection, [*questions, columns])
    able = {
        (kind, tuple(row["identity"]), _role(row["role"]), row["action"])
        for kind, rows in zip(kinds, answers, strict=True)
        for row in rows
    }
    return able | set(_of_columns(on_columns))


def _question(kind: str) -> sql.Composed:
    objects, function = _QUESTIONS[kind]
    return _ON_OBJECTS.format(objects=sql.SQL(objects), able=sql.Identifier(function))


def _parameters(roles: Iterable[RoleName], actions: Iterable[str]) -> Mapping[str, list[str]]:
    # The functions know everybody as "public", which no role can be called.
    return {"roles": ["public" if role == PUBLIC else role for role in roles], "actions": list(actions)}


def _role(name: str) -> str:
    return PUBLIC if name == "public" else name


def _of_columns(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Identity, str, str]]:
    """Yield what can be done with a column, and what with all columns of a relation, which is as good as the whole."""
    whole: dict[tuple[Identity, str, str], bool] = {}
    for row in rows:
        *relation, column = row["identity"]
        role, action = _role(row["role"]), row["action"]
        if row["able"]:
            yield from ((kind, tuple(relation), role, on_column(action, column)) for kind in RELATIONS)
        if not row["untouched"]:
            key = tuple(relation), role, action
            whole[key] = whole.get(key, True) and row["able"]
    for (relation, role, action), able in whole.items():
        if able:
            yield from ((kind, relation, role, action) for kind in RELATIONS)
