"""Operators, shell operators too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Operator(Record):
    """An operator; functions and other operators are named with their schema.

    Attributes:
        left: The left argument's type, `NONE` for a prefix operator.
        function: None for a shell, which exists because another operator names it, and cannot be used.
        result: None for a shell.
        commutator: Takes the same types the other way round.
        negator: Takes the same types.
        restrict: Estimates the selectivity of a restriction.
        join: Estimates the selectivity of a join.
    """

    KIND: ClassVar[str] = "operator"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "left", "right")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    left: str
    right: str
    function: str | None
    result: str | None
    commutator: str | None
    negator: str | None
    restrict: str | None
    join: str | None
    hashes: bool
    merges: bool
    owner: RoleName
    comment: str | None

    @property
    def label(self) -> str:
        """Kind, qualified name and argument types."""
        return f"operator {quote_name(self.schema)}.{self.name}({self.left}, {self.right})"

    @property
    def summary(self) -> str:
        """Function and result."""
        return f"{self.function} returns {self.result}" if self.function else "a shell"


# pg_operator; the functions' and the other operators' names are looked up.
QUERY = sql.SQL("""
SELECT n.nspname AS schema,
       o.oprname AS name,
       coalesce({left}, 'NONE') AS left,
       coalesce({right}, 'NONE') AS right,
       {function} AS function,
       {result} AS result,
       {commutator} AS commutator,
       {negator} AS negator,
       {restrict} AS restrict,
       {join} AS join,
       o.oprcanhash AS hashes,
       o.oprcanmerge AS merges,
       pg_get_userbyid(o.oprowner) AS owner,
       obj_description(o.oid, 'pg_operator') AS comment
FROM pg_operator AS o
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE {made} AND {seen}
""")

OPERATORS = Kind(
    record=Operator,
    among="pg_operator WHERE oid >= 16384 AND ('pg_operator'::regclass, oid) NOT IN (SELECT * FROM member)",
    query=QUERY,
    pieces={
        "left": fragments.type_name("o.oprleft"),
        "right": fragments.type_name("o.oprright"),
        "function": fragments.function("o.oprcode"),
        "result": fragments.type_name("o.oprresult"),
        "commutator": fragments.operator("o.oprcom"),
        "negator": fragments.operator("o.oprnegate"),
        "restrict": fragments.function("o.oprrest"),
        "join": fragments.function("o.oprjoin"),
        "made": fragments.made("pg_operator", "o.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)
