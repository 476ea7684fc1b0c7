"""Rows that a constraint must refuse, made of those that it accepts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import cast

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from pgassay.behaviors.constraints.find import Rule
from pgassay.behaviors.constraints.keys import conditions_of, key_columns, unequal_columns
from pgassay.behaviors.rows.draft import Wish
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.maker import Answer, Maker
from pgassay.behaviors.rows.oracle import identifier
from pgassay.behaviors.rows.parents import Key, find_parent
from pgassay.behaviors.rows.shape import Check, ForeignKey, Shape, check_of
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import quote_name

Texts = Mapping[str, str | None]
STRAYS = 12  # values of a foreign key that are tried
IMMEDIATE = "SET CONSTRAINTS ALL IMMEDIATE"
_FAR = (9_973, 1_299_709, 31)  # numbers that no row of ours has; the last serves the smallest types

_THERE = sql.SQL("SELECT {texts} FROM {table} LIMIT 1")
_COUNT = sql.SQL("SELECT count(*) FROM {table} WHERE {same}")
_SAME = sql.SQL("{}::text IS NOT DISTINCT FROM %s")


@dataclass(frozen=True, slots=True)
class Invalid:
    """A row that a constraint must refuse.

    Attributes:
        wish: The row.
        columns: What is wrong with it is in these columns.
        breaks: Whether the row, as it is stored, breaks the constraint: a trigger may have made it valid.
    """

    wish: Wish
    columns: tuple[str, ...]
    breaks: Callable[[Texts], bool]


def valid_row(maker: Maker, shape: Shape) -> Texts:
    """Return the texts of a row's columns: of one that is made or, where none can be added, of one that is there.

    Raises:
        RowsError: There is none.
    """
    try:
        with maker.connection.transaction():
            return _made(maker, shape)
    except RowsError:  # a trigger on the parent, or a migration, has made all that there may be
        query = _THERE.format(texts=answer_of(shape).returning, table=identifier(*shape.table.identity))
        for texts in maker.oracle.values(query):
            return dict(zip(shape.columns, texts, strict=True))
        raise


def _made(maker: Maker, shape: Shape) -> Texts:
    return dict(zip(shape.columns, maker.row(maker.wish(shape, {}, linked=True), answer_of(shape)), strict=True))


def answer_of(shape: Shape) -> Answer:
    """Return what an INSERT gives back: the texts of all columns."""
    texts = (sql.SQL("{}::text").format(identifier(name)) for name in shape.columns)
    return Answer(sql.SQL(", ").join(texts), tuple_row)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Makes such rows.

    Attributes:
        maker: Makes rows.
        shape: The table.
        valid: A row of it.
    """

    maker: Maker
    shape: Shape
    valid: Texts

    def breaking(self, rule: Rule, index: Index | None) -> Iterator[Invalid]:
        """Yield rows that a constraint must refuse; what they are compared with is stored before.

        Args:
            rule: The constraint or unique index.
            index: The index that does its work, or None.

        Raises:
            RowsError: There is none.
        """
        if index is not None:
            return self._equal(index)
        constraint = cast(Constraint, rule.record)
        kinds = {"check": self._check, "foreign key": self._foreign_key}
        return kinds[constraint.constraint_type](constraint)

    def _wish(self, shape: Shape, values: Texts | None = None) -> Wish:
        return self.maker.wish(shape, values or {}, linked=True)

    def _check(self, constraint: Constraint) -> Iterator[Invalid]:
        """First what breaks no other CHECK, then whatever breaks this one."""
        own = check_of(constraint, self.shape.columns)
        against = Check(f"the contrary of {own.label}", f"({own.condition}) IS FALSE", own.columns)
        others = tuple(check for check in self.shape.checks if check != own)
        for checks, values in (((*others, against), {}), ((against,), {}), ((against,), self._alike(own.columns))):
            wish = self._wish(replace(self.shape, checks=checks), values)
            given = {name: value for name, value in wish.given.items() if name not in own.columns}  # it is valid
            yield Invalid(replace(wish, given=given), tuple(sorted(own.columns)), lambda row: self.holds(against, row))

    def _equal(self, index: Index) -> Iterator[Invalid]:
        """One row with the key of another, and all else fresh."""
        columns = key_columns(index, self.shape)
        first = self._compared(index, columns)
        apart = unequal_columns(self.maker.oracle, index, self.shape)
        own = {name: first[name] for name in sorted(columns - apart)}
        for values in (own, {**self._alike(columns), **own}):
            yield Invalid(
                self._wish(self.shape, values),
                tuple(sorted(columns)),
                lambda row: self.count(own) > 1 and all(row[name] != first[name] for name in apart),
            )

    def _compared(self, index: Index, columns: frozenset[str]) -> Texts:
        """Return a row that is in an index; it is stored where it is not the valid one."""
        condition = " AND ".join(f"{part} IS TRUE" for part in conditions_of(self.maker.oracle, index)) or "true"
        covers = Check(f"the condition under which index {quote_name(index.name)} compares", condition, columns)
        if self.holds(covers, self.valid):
            return self.valid
        first = _made(self.maker, replace(self.shape, checks=(*self.shape.checks, covers)))
        if not self.holds(covers, first):
            raise RowsError("a trigger or a parent gives its rows a key that equals none")
        return first

    def left_out(self, index: Index) -> Wish:
        """Return a row with the key of one that is in a partial index, which leaves this one out.

        Raises:
            RowsError: There is none.
        """
        first, bare = self._compared(index, key_columns(index, self.shape)), replace(index, predicate=None)
        outside = f"({index.predicate}) IS NOT TRUE"
        check = Check(f"what index {quote_name(index.name)} leaves out", outside, key_columns(index, self.shape))
        shape = replace(self.shape, checks=(*self.shape.checks, check))
        return self._wish(shape, {name: first[name] for name in key_columns(bare, self.shape)})

    def _foreign_key(self, constraint: Constraint) -> Iterator[Invalid]:
        key = self.key(constraint)
        names = list(key.columns)
        if len(names) > 1 and ", PERIOD " in constraint.definition:
            names.pop()  # of a time any part may be there
        compared = replace(key, columns={name: key.columns[name] for name in names})
        strays = chain.from_iterable(self._strays(key, name) for name in names)
        dangling = islice((values for values in strays if self.dangles(compared, values)), STRAYS)
        for values in dangling:
            for others in ({}, self._alike(values.keys())):
                wish = self._wish(self.shape, {**others, **values})
                yield Invalid(wish, tuple(values), lambda row: self.dangles(compared, row))

    def _alike(self, apart: Collection[str]) -> Texts:
        """Return what the valid row has in other columns, for a trigger that lets little else pass."""
        return {
            name: self.valid[name]
            for name, column in self.shape.writable.items()
            if name not in apart and column.default is None and column.identity_column is None
        }

    def _strays(self, key: ForeignKey, name: str) -> Iterator[Texts]:
        """Yield values of a foreign key's columns of which one is far from any that is there."""
        whole = {other: self.valid[other] or next(self._far(other), None) for other in key.columns}
        for text in self._far(name):
            yield {**whole, name: text}

    def _far(self, name: str) -> Iterator[str | None]:
        pool = self.maker.pools.of(self.shape.columns[name].type, name)
        return iter(dict.fromkeys(candidate.make(number) for number in _FAR for candidate in pool))

    def key(self, constraint: Constraint) -> ForeignKey:
        """Return a foreign key as the factory knows it.

        Raises:
            RowsError: The table that it refers to cannot be read.
        """
        for key in self.shape.foreign_keys:
            if key.name == constraint.name:
                return key
        raise RowsError("the table that it refers to cannot be read")

    def dangles(self, key: ForeignKey, row: Texts) -> bool:
        """Tell whether values refer to no row: NULL refers to none on purpose."""
        decided: Key = {name: row[name] for name in key.columns}
        if None in decided.values():
            return False
        oracle, child = self.maker.oracle, self.shape.relation
        try:
            with oracle.connection.transaction():
                return find_parent(oracle, child, key, decided, number=0, unused=False) is None
        except psycopg.Error:  # no value of this type
            return False

    def holds(self, check: Check, row: Texts) -> bool:
        """Tell whether a condition on a row is not false."""
        stage = self.shape.stage(self.maker.pools)
        return self.maker.oracle.judge(stage, [[row[name] for name in stage.types]], [check.condition]) == [(True,)]

    def count(self, own: Texts) -> int:
        """Return how many rows have these values."""
        partitioned = self.shape.table.partition_key is not None
        name = identifier(*self.shape.table.identity)
        same = [sql.SQL("true"), *(_SAME.format(identifier(column)) for column in own)]
        query = _COUNT.format(
            table=name if partitioned else sql.SQL("ONLY {}").format(name), same=sql.SQL(" AND ").join(same)
        )
        ((number,),) = self.maker.oracle.values(query, list(own.values()))
        return int(number)
