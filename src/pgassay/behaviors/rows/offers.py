"""What each column of a table could be given, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from pgassay.behaviors.rows.builtin import JSON
from pgassay.behaviors.rows.candidate import NULL, Candidate, Pool, Source, later
from pgassay.behaviors.rows.documents import united
from pgassay.behaviors.rows.errors import RowsError, ways
from pgassay.behaviors.rows.oracle import Oracle, written
from pgassay.behaviors.rows.pools import Pools
from pgassay.behaviors.rows.shape import Shape
from pgassay.behaviors.rows.text import names
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.record import quote_name

_SEQUENCE = re.compile(r"\bnextval\(")
_MOVING = re.compile(r"uuid|random|nextval|clock_timestamp|ulid|nanoid|snowflake|gen_")

Offers = Mapping[str, Pool]


@dataclass(frozen=True, slots=True)
class Offering:
    """Makes the pools of a table's columns.

    Attributes:
        pools: Knows the types.
        oracle: Knows what a default gives.
    """

    pools: Pools
    oracle: Oracle
    _defaults: dict[tuple[str, str], Candidate | None] = field(default_factory=dict, init=False)

    def offers(self, shape: Shape, given: Mapping[str, Candidate], *, linked: bool, refused: bool = False) -> Offers:
        """Return the pools of the columns that may be written; those of what must be unique begin with what is fresh.

        Args:
            shape: The table.
            given: What is decided.
            linked: Whether a foreign key that may be NULL is rather not.
            refused: Whether a trigger has refused what was likely: what its function names comes first.

        Raises:
            RowsError: Nothing is known that a column's type reads, and it may not be NULL.
        """
        offers = {
            name: (given[name],) if name in given else self._pool(shape, column, linked=linked)
            for name, column in shape.writable.items()
        }
        if refused:
            offers |= {name: (*self._told(shape, name), *offers[name]) for name in offers if name not in given}
        for key in shape.keys:
            columns = [name for name in shape.writable if name in key.columns and name not in given]
            _freshen(offers, sorted(columns, key=lambda name: not offers[name][0].fresh))
        return offers

    def _told(self, shape: Shape, name: str) -> Pool:
        """Return what the functions of triggers suggest for a column, first what is the same in every row."""
        bodies = [body for body in shape.triggers if name in names(body)]
        pool = self.pools.suggested(shape.columns[name].type, bodies) if bodies else ()
        return tuple(sorted(pool, key=lambda candidate: candidate.make(1) != candidate.make(2)))

    def _pool(self, shape: Shape, column: Column, *, linked: bool) -> Pool:
        nullable = not column.not_null and self.pools.nullable(column.type)
        null = (NULL,) if nullable else ()
        known = self._known(shape, column)
        if any(column.name in key.columns for key in shape.foreign_keys):
            parent = replace(later(_stand_in(known), _place(shape, column.name)), source=Source.PARENT)
            plain = tuple(replace(candidate, fresh=False) for candidate in known)
            wanted = linked or not nullable or _is_whole(shape, column.name) or _is_null_once(shape, column.name)
            return (parent, *null, *plain) if wanted else (NULL, parent, *plain)
        default = self._default(column)
        pool = (*((default,) if default else ()), *known, *null)
        if not pool:
            raise RowsError(
                f"a row of {shape.relation} could not be made: nothing is known that type {column.type} "
                f"of column {quote_name(column.name)} reads",
                hint=ways(shape.relation, column.name),
            )
        return pool

    def _known(self, shape: Shape, column: Column) -> Pool:
        checks = [check for check in shape.checks if column.name in check.columns]
        found, type_ = self.pools.of(column.type, column.name), self.pools.base(column.type)
        if not checks:
            return found
        # What stands in the checks of a neighbour may be what this column has to go with.
        neighbours = frozenset[str]().union(*(check.columns for check in checks))
        conditions = [check.condition for check in shape.checks if check.columns & neighbours]
        bodies = [body for check in checks for body in check.bodies]
        suggested = self.pools.suggested(column.type, [*conditions, *bodies])
        if type_ in JSON:
            alone = [check.condition for check in checks if check.columns == {column.name}]
            return (*united(self.oracle, column.name, type_, alone), *found, *suggested)
        return (*found, *suggested)

    def _default(self, column: Column) -> Candidate | None:
        """Return the column's default; None where it has none, or one that fails or is no value."""
        if column.identity_column or _SEQUENCE.search(column.default or ""):
            return Candidate(str, fresh=True, source=Source.DEFAULT)
        if column.default is None:
            return None
        key = column.default, column.type
        if key not in self._defaults:
            self._defaults[key] = self._evaluated(column)
        return self._defaults[key]

    def _evaluated(self, column: Column) -> Candidate | None:
        query = sql.SQL("SELECT ({})::{}::text").format(written(column.default or ""), written(column.type))
        try:
            with self.oracle.connection.transaction(force_rollback=True):
                ((text,),) = self.oracle.values(query)
        except psycopg.Error:
            return None
        if text is None and column.not_null:
            return None
        moving = _MOVING.search(column.default or "") is not None
        return Candidate(lambda _: text, fresh=moving, source=Source.DEFAULT)


def _is_whole(shape: Shape, name: str) -> bool:
    """Tell whether a column goes with others in a foreign key MATCH FULL of which one may not be NULL."""
    full = [key.columns for key in shape.foreign_keys if key.full and name in key.columns]
    return any(shape.columns[other].not_null for columns in full for other in columns)


def _is_null_once(shape: Shape, name: str) -> bool:
    return any(key.one_null and name in key.columns for key in shape.keys)


def _place(shape: Shape, name: str) -> int:
    """Return which of several foreign keys to one parent a column belongs to: each gets a row of its own."""
    key = next(key for key in shape.foreign_keys if name in key.columns)
    return shape.siblings(key).index(key)


def _stand_in(known: Pool) -> Candidate:
    return replace(known[0], fresh=False) if known else NULL


def _freshen(offers: dict[str, Pool], columns: list[str]) -> None:
    """Put what is fresh first, in the first column that has such."""
    for name in columns:
        pool = offers[name]
        if any(candidate.fresh for candidate in pool):
            offers[name] = tuple(sorted(pool, key=lambda candidate: not candidate.fresh))
            return
