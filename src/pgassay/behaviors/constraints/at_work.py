"""Show each constraint at work: it takes a valid row, and refuses an invalid one; both are made by the row factory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.constraints import verdicts
from pgassay.behaviors.constraints.at_sight import Sight
from pgassay.behaviors.constraints.causes import why_accepted
from pgassay.behaviors.constraints.deleted import try_delete
from pgassay.behaviors.constraints.find import Rule, rules_of
from pgassay.behaviors.constraints.invalid import IMMEDIATE, Breaker, Invalid, Texts, answer_of, valid_row
from pgassay.behaviors.constraints.keys import key_columns
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.filling import parents_first
from pgassay.behaviors.rows.maker import Maker, whole
from pgassay.behaviors.scene import PATIENCE, Relation, say
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import Identity
from pgassay.contract.rows import RowsOfTable
from pgassay.findings import Finding

IN_THE_WAY = 4  # constraints that are dropped for one try, because they refuse the row before the one that is tried
_UNTRIED = "no row was found that it must refuse"
_VALID = "what is stored does not break it: a trigger makes it valid, or takes away what it is compared with"


@dataclass(frozen=True, slots=True)
class AtWork:
    """What was seen.

    Attributes:
        findings: The constraints that let an invalid row pass.
        shown: The labels of those that took a valid row and refused an invalid one.
        untried: Label -> why it could not be tried.
    """

    findings: list[Finding] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    untried: dict[str, str] = field(default_factory=dict)


def try_constraints(
    connection: psycopg.Connection[Any],
    catalog: Catalog,
    *,
    named: Collection[str] = (),
    settings: Iterable[RowsOfTable] = (),
) -> AtWork:
    """Try every constraint and unique index of a database, in one transaction that is rolled back.

    Args:
        connection: The owner's, in autocommit, to a scratch database.
        catalog: The catalog of that database.
        named: The labels of those that are left out, for they are tried otherwise.
        settings: What `[rows]` of behavior.toml gives.

    Raises:
        ContractError: The settings name a table or a column that is not there.
    """
    seen = AtWork()
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE:d}s'")
        maker = Maker(connection, catalog, 0, settings)
        for identity in _tables(maker):
            _Table(maker, catalog, identity).try_each(seen, named)
    return seen


def _tables(maker: Maker) -> Iterator[Identity]:
    """Yield tables, those that others refer to first; partitions behind them, for their rows are their roots'."""
    roots = list(parents_first(maker.shapes))
    yield from roots
    yield from sorted(maker.shapes.tables.keys() - set(roots))


class _Table:
    """One table's constraints."""

    def __init__(self, maker: Maker, catalog: Catalog, identity: Identity) -> None:
        self.maker = maker
        self.connection = maker.connection
        self.catalog = catalog
        self.identity = identity
        self.rules = rules_of(catalog, Relation(*identity))

    def try_each(self, seen: AtWork, named: Collection[str]) -> None:
        own = [rule for rule in self.rules.values() if _is_own(rule) and rule.label not in named]
        rules = [rule for rule in own if not self._flawed(rule, seen)]
        if not rules:
            return
        try:
            breaker = self._breaker()
        except RowsError as error:
            seen.untried.update({rule.label: error.message for rule in rules})
            return
        for rule in rules:
            self._try(rule, breaker, seen)

    def _flawed(self, rule: Rule, seen: AtWork) -> bool:
        """Report what is wrong with a constraint before any row is made; then none is."""
        if self.maker.shapes.tables[self.identity].table_kind == "foreign table":
            return False
        flaw = Sight(self.maker, self.maker.shape(self.identity)).flaw(rule, self._index(rule))
        seen.findings.extend([] if flaw is None else [flaw])
        return flaw is not None

    def _breaker(self) -> Breaker:
        """Store a row that is valid by every constraint.

        Raises:
            RowsError: There is none.
        """
        table = self.maker.shapes.tables[self.identity]
        if table.table_kind == "foreign table":
            raise RowsError("its rows are another server's")
        if table.partition_bound is not None:
            raise RowsError("it is one partition's alone")
        shape = self.maker.shape(self.identity)
        with whole(self.connection, shape):
            valid = valid_row(self.maker, shape)
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(IMMEDIATE)
        return Breaker(self.maker, shape, valid)

    def _try(self, rule: Rule, breaker: Breaker, seen: AtWork) -> None:
        reason = _UNTRIED
        try:
            with self.connection.transaction(force_rollback=True):
                for invalid in breaker.breaking(rule, self._index(rule)):
                    answer = self._stored(breaker, invalid, rule, IN_THE_WAY)
                    if isinstance(answer, Mapping):
                        why, mend = why_accepted(rule, self._index(rule), self.catalog, breaker, answer)
                        seen.findings.append(verdicts.accepted(rule, answer, invalid.columns, why, mend))
                        return
                    if isinstance(answer, psycopg.Error) and rule.refuses(answer):
                        self._try_further(rule, breaker, seen)
                        return
                    reason = _reason(answer)
        except (RowsError, psycopg.Error) as error:
            if self.connection.closed:
                raise
            reason = _reason(error)
        seen.untried[rule.label] = reason

    def _try_further(self, rule: Rule, breaker: Breaker, seen: AtWork) -> None:
        """Try what else a constraint promises that refuses an invalid row."""
        found: Finding | str | None = None
        if isinstance(rule.record, Constraint) and _is_foreign_key(rule):
            found = try_delete(breaker, rule, rule.record)
        elif (index := self._index(rule)) is not None and index.predicate:
            found = self._try_left_out(rule, breaker, index)
        if isinstance(found, Finding):
            seen.findings.append(found)
            return
        seen.shown.append(rule.label)
        if found is not None:
            seen.untried[f"{rule.label} when what it refers to is deleted"] = found

    def _try_left_out(self, rule: Rule, breaker: Breaker, index: Index) -> Finding | None:
        """Store a second row with the same key that a partial index leaves out; no other one may refuse it for that."""
        own = key_columns(replace(index, predicate=None), breaker.shape)
        try:
            answer = self._attempt(breaker, Invalid(breaker.left_out(index), (), lambda _: True))
        except RowsError:
            return None
        other = self._other(answer, rule)
        theirs = None if other is None else self._index(other)
        # What a primary key identifies is one row for ever: nobody means to have it again.
        if other is None or theirs is None or theirs.primary or not key_columns(theirs, breaker.shape) <= own:
            return None
        return verdicts.left_out_refused(rule, index.predicate or "", other)

    def _stored(self, breaker: Breaker, invalid: Invalid, rule: Rule, ways: int) -> Texts | psycopg.Error | RowsError:
        """Store an invalid row and take it back; what refuses it before the rule does is dropped meanwhile."""
        answer = self._attempt(breaker, invalid)
        other = self._other(answer, rule)
        if other is None or not ways:
            return answer
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(IMMEDIATE)  # no table is altered that has triggers waiting
                self.connection.execute(_drop(other, self.identity, cascade=not _is_foreign_key(rule)))
                return self._stored(breaker, invalid, rule, ways - 1)
        except psycopg.Error:
            return answer

    def _attempt(self, breaker: Breaker, invalid: Invalid) -> Texts | psycopg.Error | RowsError:
        maker, shape = self.maker, breaker.shape
        try:
            with self.connection.transaction(force_rollback=True):
                texts = maker.stored(maker.choice(invalid.wish), invalid.wish, answer_of(shape))
                self.connection.execute(IMMEDIATE)
                row = dict(zip(shape.columns, texts, strict=True))
                return row if invalid.breaks(row) else RowsError(_VALID)
        except (psycopg.Error, RowsError) as error:
            return error

    def _other(self, answer: object, rule: Rule) -> Rule | None:
        if not isinstance(answer, psycopg.Error) or rule.refuses(answer):
            return None
        return next((other for other in self.rules.values() if other.refuses(answer)), None)

    def _index(self, rule: Rule) -> Index | None:
        if isinstance(rule.record, Index):
            return rule.record
        if rule.record.constraint_type in ("check", "foreign key"):
            return None
        return cast(Index, self.catalog.records["index"][rule.record.schema, rule.record.name])


def _is_own(rule: Rule) -> bool:
    """Tell whether a rule is no part of another one, which is tried for it, nor a child's copy."""
    if isinstance(rule.record, Index):
        return not rule.record.parents
    return rule.record.local and rule.record.parent is None


def _is_foreign_key(rule: Rule) -> bool:
    return isinstance(rule.record, Constraint) and rule.record.constraint_type == "foreign key"


def _drop(rule: Rule, table: Identity, *, cascade: bool) -> sql.Composed:
    """Return what drops a constraint or an index; what a foreign key rests on is not dropped under it."""
    behavior = sql.SQL("CASCADE" if cascade else "RESTRICT")
    if isinstance(rule.record, Index):
        return sql.SQL("DROP INDEX {} {}").format(sql.Identifier(rule.record.schema, rule.name), behavior)
    statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} {}")
    return statement.format(sql.Identifier(*table), sql.Identifier(rule.name), behavior)


def _reason(error: psycopg.Error | RowsError) -> str:
    if isinstance(error, RowsError):
        return error.message
    return f"the server refuses the row otherwise: {say(error)}"
