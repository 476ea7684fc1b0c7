"""What is wrong with a constraint before any row is made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import psycopg
from psycopg import sql

from pgassay.behaviors.constraints import verdicts
from pgassay.behaviors.constraints.find import Rule
from pgassay.behaviors.constraints.keys import conditions_of
from pgassay.behaviors.constraints.proof import is_never_true
from pgassay.behaviors.rows.maker import Maker
from pgassay.behaviors.rows.oracle import Texts
from pgassay.behaviors.rows.shape import Check, Shape, check_of
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.findings import Finding

_NUMBERS = (9_973, 1_299_709, 31, 1)  # of the values at which a condition is looked at
_VALIDATE = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}")
_MISTAKE = "42"  # the class of errors for what is not there, or may not be used


@dataclass(frozen=True, slots=True)
class Sight:
    """Looks at the constraints of one table.

    Attributes:
        maker: Makes values.
        shape: The table.
    """

    maker: Maker
    shape: Shape

    def flaw(self, rule: Rule, index: Index | None) -> Finding | None:
        """Return what is wrong with a constraint, if that shows without a row.

        Args:
            rule: The constraint or unique index.
            index: The index that does its work, or None.
        """
        constraint = rule.record if isinstance(rule.record, Constraint) else None
        if index is not None:
            return self._compares_nothing(rule, index)
        constraint = cast(Constraint, rule.record)
        if not constraint.enforced:
            return None
        if not constraint.validated and (error := self._validating(rule)) is not None:
            return verdicts.rows_break(rule, self.shape.relation, error)
        return self._wrong_condition(rule, constraint) if constraint.constraint_type == "check" else None

    def _validating(self, rule: Rule) -> psycopg.Error | None:
        """Return how rows that are there break a constraint that is NOT VALID."""
        try:
            with self.maker.connection.transaction(force_rollback=True):
                self.maker.connection.execute(_VALIDATE.format(self.shape.relation.sql, sql.Identifier(rule.name)))
        except psycopg.Error as error:
            if rule.refuses(error):
                return error
        return None

    def _compares_nothing(self, rule: Rule, index: Index) -> Finding | None:
        """An index whose predicate is never true lets every row pass, and so does one whose key is always NULL."""
        conditions = conditions_of(self.maker.oracle, index)
        return verdicts.compares_nothing(rule) if conditions and self._never(" AND ".join(conditions)) else None

    def _wrong_condition(self, rule: Rule, constraint: Constraint) -> Finding | None:
        check = check_of(constraint, self.shape.columns)
        if is_never_true(self.maker.connection, self._table, f"NOT ({check.condition})"):
            return verdicts.never_fails(rule, self._null(check))
        if not constraint.no_inherit and self._never(check.condition):  # a parent without rows of its own says so
            return verdicts.never_passes(rule)
        error = self._mistake(check)
        return None if error is None else verdicts.has_mistake(rule, error)

    @property
    def _table(self) -> tuple[str, ...]:
        return self.shape.table.identity

    def _never(self, condition: str) -> bool:
        return is_never_true(
            self.maker.connection, self._table, condition, beside_others=self.shape.table.partition_key is None
        )

    def _null(self, check: Check) -> Mapping[str, str | None]:
        """Return values, none of them NULL, of a check's columns for which its condition is NULL; empty: none."""
        stage, rows = self.shape.stage(self.maker.pools), self._samples()
        found = self.maker.oracle.judge(stage, rows, [check.condition, f"({check.condition}) IS TRUE"])
        for row, verdict in zip(rows, found, strict=True):
            values = {name: text for name, text in zip(stage.types, row, strict=True) if name in check.columns}
            if verdict == (True, False) and None not in values.values():
                return values
        return {}

    def _mistake(self, check: Check) -> psycopg.Error | None:
        """Return the mistake, such as a function's, that no row's condition can be evaluated for."""
        stage = self.shape.stage(self.maker.pools)
        errors = [self.maker.oracle.error(stage, row, check.condition) for row in self._samples()]
        wrong = [error for error in errors if error is not None and (error.sqlstate or "").startswith(_MISTAKE)]
        return wrong[0] if wrong and len(wrong) == len(errors) else None

    def _samples(self) -> list[Texts]:
        pools = [self.maker.pools.of(column.type, name) for name, column in self.shape.writable.items()]
        return [[pool[0].make(number) if pool else None for pool in pools] for number in _NUMBERS]
