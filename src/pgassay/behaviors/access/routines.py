"""How calling a routine is tried without its running: PostgreSQL checks EXECUTE when the plan is made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import CHOICE, Statement
from pgassay.catalog.record import Identity
from pgassay.catalog.session import rows_of
from pgassay.target import reading

# Arguments as types that a NULL can be of: for what is polymorphic, any type does. OUT arguments of procedures are
# named in CALL, too, from 14 on. Direct arguments of ordered-set aggregates stand apart from those that are ordered.
_SIGNATURES = sql.SQL("""
SELECT ARRAY[n.nspname, p.proname, coalesce((SELECT string_agg(format_type(t, NULL), ', ' ORDER BY k)
                  FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k)), '')]::text[] AS identity,
       p.prokind::text AS kind,
       ARRAY(SELECT CASE y.typname
                        WHEN 'anyarray' THEN 'text[]' WHEN 'anycompatiblearray' THEN 'text[]'
                        WHEN 'anyrange' THEN 'int4range' WHEN 'anycompatiblerange' THEN 'int4range'
                        WHEN 'anyenum' THEN {}
                        WHEN 'anymultirange' THEN 'int4multirange' WHEN 'anycompatiblemultirange' THEN 'int4multirange'
                        ELSE CASE WHEN y.typname LIKE 'any%%' THEN 'text' ELSE format_type(y.oid, NULL) END
                    END
               FROM unnest(CASE WHEN p.prokind = 'p' THEN coalesce(p.proallargtypes, p.proargtypes::oid[])
                                ELSE p.proargtypes::oid[] END) WITH ORDINALITY AS a(t, k)
               JOIN pg_type AS y ON y.oid = a.t
              ORDER BY k) AS types,
       p.provariadic <> 0 AS variadic,
       coalesce(array_position(p.proargmodes::text[], 'i'), array_position(p.proargmodes::text[], 'b'),
                CASE WHEN p.proargmodes IS NULL AND p.pronargs > 0 THEN 1 END) AS input,
       pg_get_function_arguments(p.oid) AS arguments,
       CASE WHEN g.aggkind <> 'n' THEN g.aggnumdirectargs END AS direct
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.oid >= 16384
""").format(sql.Literal(CHOICE.as_string()))


def routine_statements(connection: psycopg.Connection[Any]) -> Mapping[Identity, Statement]:
    """Return how EXECUTE is tried on each routine.

    Args:
        connection: In autocommit, to the database that has them.
    """
    with reading(connection):
        (rows,) = rows_of(connection, [(_SIGNATURES, {})])
    return {identity: _statement(identity, row) for row in rows if (identity := tuple(row["identity"]))}


def _statement(identity: Identity, row: Mapping[str, Any]) -> Statement:
    name = sql.Identifier(*identity[:2])
    return _call(name, row) if row["kind"] == "p" else Statement(_select(name, row))


def _call(name: sql.Identifier, row: Mapping[str, Any]) -> Statement:
    """The arguments are computed after the check, and the first one of input cannot be.

    Without one it would run: for as long as it is tried it has a body that only raises.
    """
    given: list[sql.Composable] = [sql.SQL("NULL::{}").format(_type(one)) for one in row["types"]]
    before: sql.Composed | None = None
    if row["input"]:
        given[row["input"] - 1] = sql.SQL("(1 / 0)::text::{}").format(_type(row["types"][row["input"] - 1]))
    else:
        body = sql.SQL("CREATE OR REPLACE PROCEDURE {}({}) LANGUAGE plpgsql AS 'BEGIN RAISE division_by_zero; END'")
        before = body.format(name, _type(row["arguments"]))
    if row["variadic"]:
        given[-1] = sql.SQL("VARIADIC ") + given[-1]
    return Statement(sql.SQL("CALL {}({})").format(name, sql.SQL(", ").join(given)), "22012", before=before)


def _select(name: sql.Identifier, row: Mapping[str, Any]) -> sql.Composed:
    """Call it on no row; OFFSET keeps the planner from computing what it gives for arguments that it knows."""
    types = row["types"]
    columns = [sql.Identifier(f"a{number}") for number in range(len(types))]
    given = [sql.SQL("NULL::{} AS {}").format(_type(one), column) for one, column in zip(types, columns, strict=True)]
    return sql.SQL("SELECT {}{} FROM (SELECT {} OFFSET 0) AS given WHERE false").format(
        name, _arguments(columns, row), sql.SQL(", ").join(given)
    )


def _arguments(columns: Sequence[sql.Composable], row: Mapping[str, Any]) -> sql.Composable:
    if row["direct"] is not None:
        apart = sql.SQL("({}) WITHIN GROUP (ORDER BY {})")
        # What is direct must be the same for all rows.
        direct = [sql.SQL("NULL::{}").format(_type(one)) for one in row["types"][: row["direct"]]]
        return apart.format(sql.SQL(", ").join(direct), sql.SQL(", ").join(columns[row["direct"] :] or columns))
    last = [sql.SQL("VARIADIC ") + columns[-1]] if row["variadic"] else columns[-1:]
    over = sql.SQL(" OVER ()" if row["kind"] == "w" else "")
    return sql.SQL("({}){}").format(sql.SQL(", ").join([*columns[:-1], *last]), over)


def _type(text: str) -> sql.SQL:
    """Take types and arguments as the server itself wrote them."""
    return sql.SQL(cast(Any, text))
