"""How calling a routine is tried without its running: PostgreSQL checks EXECUTE when the plan is made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import Statement
from pgassay.catalog.record import Identity
from pgassay.catalog.session import rows_of
from pgassay.target import reading

# Input arguments as types that a NULL can be of: for what is polymorphic, any type does. OUT arguments of procedures
# are named in CALL, too, from 14 on. Aggregates with direct arguments are called in a way of their own.
_SIGNATURES = sql.SQL("""
SELECT ARRAY[n.nspname, p.proname, coalesce((SELECT string_agg(format_type(t, NULL), ', ' ORDER BY k)
                  FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k)), '')]::text[] AS identity,
       p.prokind::text AS kind,
       ARRAY(SELECT CASE y.typname
                        WHEN 'anyarray' THEN 'text[]' WHEN 'anycompatiblearray' THEN 'text[]'
                        WHEN 'anyrange' THEN 'int4range' WHEN 'anycompatiblerange' THEN 'int4range'
                        WHEN 'anymultirange' THEN 'int4multirange' WHEN 'anycompatiblemultirange' THEN 'int4multirange'
                        ELSE CASE WHEN y.typname LIKE 'any%%' THEN 'text' ELSE format_type(y.oid, NULL) END
                    END
               FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k) JOIN pg_type AS y ON y.oid = a.t
              ORDER BY k) AS types,
       p.provariadic <> 0 AS variadic,
       coalesce(array_length(p.proallargtypes, 1), p.pronargs) AS all_arguments
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.oid >= 16384 AND coalesce(g.aggkind, 'n') = 'n'
""")


def routine_statements(connection: psycopg.Connection[Any]) -> Mapping[Identity, Statement]:
    """Return how EXECUTE is tried on each routine; one that can only be tried by running it is left out.

    Args:
        connection: In autocommit, to the database that has them.
    """
    with reading(connection):
        (rows,) = rows_of(connection, [(_SIGNATURES, {})])
    tries = {identity: _statement(identity, row) for row in rows if (identity := tuple(row["identity"]))}
    return {identity: statement for identity, statement in tries.items() if statement is not None}


def _statement(identity: Identity, row: Mapping[str, Any]) -> Statement | None:
    name, types = sql.Identifier(*identity[:2]), row["types"]
    if row["kind"] == "p":
        return _call(name, types) if types and row["all_arguments"] == len(types) else None
    over = sql.SQL(" OVER ()" if row["kind"] == "w" else "")
    return Statement(_select(name, types, variadic=row["variadic"], over=over))


def _call(name: sql.Identifier, types: Sequence[str]) -> Statement:
    """The arguments are computed after the check, and the first one cannot be."""
    first = sql.SQL("(1 / 0)::text::{}").format(_type(types[0]))
    rest = [sql.SQL("NULL::{}").format(_type(one)) for one in types[1:]]
    return Statement(sql.SQL("CALL {}({})").format(name, sql.SQL(", ").join([first, *rest])), "22012")


def _select(name: sql.Identifier, types: Sequence[str], *, variadic: bool, over: sql.SQL) -> sql.Composed:
    """Call it on no row; OFFSET keeps the planner from computing what it gives for arguments that it knows."""
    columns = [sql.Identifier(f"a{number}") for number in range(len(types))]
    given = [sql.SQL("NULL::{} AS {}").format(_type(one), column) for one, column in zip(types, columns, strict=True)]
    arguments: list[sql.Composable] = [*columns]
    if variadic:
        arguments[-1] = sql.SQL("VARIADIC ") + arguments[-1]
    return sql.SQL("SELECT {}({}){} FROM (SELECT {} OFFSET 0) AS given WHERE false").format(
        name, sql.SQL(", ").join(arguments), over, sql.SQL(", ").join(given)
    )


def _type(text: str) -> sql.SQL:
    """Take a type as the server's own format_type wrote it."""
    return sql.SQL(cast(Any, text))
