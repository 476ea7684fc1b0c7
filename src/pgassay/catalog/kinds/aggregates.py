"""Aggregates: normal, ordered-set and hypothetical-set ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Home, Kind, Row
from pgassay.catalog.record import Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Aggregate(Record):
    """An aggregate function; functions and operators are named with their schema.

    Attributes:
        arguments: The types that identify it: the direct ones first, then the aggregated ones.
        aggregate_kind: `normal`, `ordered-set` or `hypothetical-set`.
        signature: Arguments with modes and names, and where ORDER BY stands.
        direct_arguments: How many of the arguments are not aggregated; a variadic one counts once.
        state_space: The size of the state in bytes as the planner takes it, 0 for the type's own.
        final_extra: Whether the final function also gets the arguments, as NULLs (FINALFUNC_EXTRA).
        final_modify: Whether it changes the state: `read only`, `shareable` or `read write`.
        moving_state_function: This and what follows are for moving windows (MSFUNC, MINVFUNC, ...).
        sort_operator: By which MIN and MAX may be answered from an index.
    """

    KIND: ClassVar[str] = "aggregate"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "arguments")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    arguments: str
    aggregate_kind: str
    signature: str
    direct_arguments: int
    result: str
    state_function: str
    state_type: str
    state_space: int
    final_function: str | None
    final_extra: bool
    final_modify: str
    combine_function: str | None
    serial_function: str | None
    deserial_function: str | None
    initial_condition: str | None
    moving_state_function: str | None
    moving_inverse_function: str | None
    moving_state_type: str | None
    moving_state_space: int
    moving_final_function: str | None
    moving_final_extra: bool
    moving_final_modify: str
    moving_initial_condition: str | None
    sort_operator: str | None
    parallel: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def label(self) -> str:
        """Kind, qualified name and argument types."""
        return f"aggregate {quote_name(self.schema)}.{quote_name(self.name)}({self.arguments})"

    @property
    def summary(self) -> str:
        """Result, state and what makes it."""
        return f"returns {self.result}, {self.state_function} on {self.state_type}"


# pg_proc, and pg_aggregate for what an aggregate has beyond a function.
QUERY = sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       p.proname AS name,
       (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY k)
          FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k)) AS arguments,
       a.aggkind AS aggregate_kind,
       pg_get_function_arguments(p.oid) AS signature,
       a.aggnumdirectargs AS direct_arguments,
       pg_get_function_result(p.oid) AS result,
       {state_function} AS state_function,
       {state_type} AS state_type,
       a.aggtransspace AS state_space,
       {final_function} AS final_function,
       a.aggfinalextra AS final_extra,
       a.aggfinalmodify AS final_modify,
       {combine_function} AS combine_function,
       {serial_function} AS serial_function,
       {deserial_function} AS deserial_function,
       a.agginitval AS initial_condition,
       {moving_state_function} AS moving_state_function,
       {moving_inverse_function} AS moving_inverse_function,
       {moving_state_type} AS moving_state_type,
       a.aggmtransspace AS moving_state_space,
       {moving_final_function} AS moving_final_function,
       a.aggmfinalextra AS moving_final_extra,
       a.aggmfinalmodify AS moving_final_modify,
       a.aggminitval AS moving_initial_condition,
       {sort_operator} AS sort_operator,
       p.proparallel AS parallel,
       pg_get_userbyid(p.proowner) AS owner,
       {privileges} AS privileges,
       obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc AS p
JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE {part} AND {made} AND {seen}
""")

MODIFY = {"r": "read only", "s": "shareable", "w": "read write"}
WORDS = {
    "aggregate_kind": {"n": "normal", "o": "ordered-set", "h": "hypothetical-set"},
    "final_modify": MODIFY,
    "moving_final_modify": MODIFY,
    "parallel": {"s": "safe", "r": "restricted", "u": "unsafe"},
}


def _aggregate(row: Row) -> dict[str, Any]:
    return {"arguments": row["arguments"] or ""}


AGGREGATES = Kind(
    record=Aggregate,
    among="pg_aggregate WHERE aggfnoid::oid >= 16384 AND ('pg_proc'::regclass, aggfnoid) NOT IN (SELECT * FROM member)",
    home=Home("pg_proc", "p.oid", rows="pg_aggregate"),
    query=QUERY,
    pieces={
        "state_function": fragments.function("a.aggtransfn"),
        "state_type": fragments.type_name("a.aggtranstype"),
        "final_function": fragments.function("a.aggfinalfn"),
        "combine_function": fragments.function("a.aggcombinefn"),
        "serial_function": fragments.function("a.aggserialfn"),
        "deserial_function": fragments.function("a.aggdeserialfn"),
        "moving_state_function": fragments.function("a.aggmtransfn"),
        "moving_inverse_function": fragments.function("a.aggminvtransfn"),
        "moving_state_type": fragments.type_name("a.aggmtranstype"),
        "moving_final_function": fragments.function("a.aggmfinalfn"),
        "sort_operator": fragments.operator("a.aggsortop"),
        "privileges": fragments.grants("p.proacl", "f", "p.proowner"),
        "made": fragments.made("pg_proc", "p.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words=WORDS,
    given=_aggregate,
)
