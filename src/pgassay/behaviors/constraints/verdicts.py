"""What a constraint that does not do its work looks like to its reader."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import psycopg

from pgassay.behaviors.constraints.find import Rule
from pgassay.behaviors.scene import Relation, say
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.record import quote_name
from pgassay.findings import Finding


def accepted(rule: Rule, row: Mapping[str, str | None], columns: Collection[str], why: str, mend: str) -> Finding:
    """Report that an invalid row is stored, and why."""
    values = _values({name: row[name] for name in columns})
    return Finding(
        rule="invalid-row-accepted",
        object=rule.label,
        expected=f"a row that breaks it is refused: {rule.definition}",
        found=f"a row with {values or 'such values'} is stored{f': {why}' if why else ''}",
        mend=mend,
    )


def rows_break(rule: Rule, table: Relation, error: psycopg.Error) -> Finding:
    """Report a constraint that is not valid, and that rows break which are there."""
    return Finding(
        rule="stored-row-breaks-it",
        object=rule.label,
        expected=f"the rows that are there keep it: {rule.definition}",
        found=f"it is NOT VALID, and cannot become valid: {say(error)}",
        mend=f"correct the rows, then ALTER TABLE {table} VALIDATE CONSTRAINT {quote_name(rule.name)};",
    )


def never_fails(rule: Rule, nulls: Mapping[str, str | None]) -> Finding:
    """Report a CHECK that no row can break; where it gives NULL, with values for which it does."""
    passes = f"NULL, which passes, where {_values(nulls)}" if nulls else "true, whatever a row holds"
    mend = "a comparison with NULL is NULL: say IS NULL, or take NULL out of the list" if nulls else _mean(rule)
    return Finding(
        rule="check-never-fails",
        object=rule.label,
        expected=f"some row breaks it: {rule.definition}",
        found=f"none can: its condition is {passes}",
        mend=mend,
    )


def never_passes(rule: Rule) -> Finding:
    """Report a CHECK that is true of no row."""
    return Finding(
        rule="valid-row-rejected",
        object=rule.label,
        expected=f"some row is valid: {rule.definition}",
        found="none can be: its condition contradicts itself, or what else the table asks",
        mend=_mean(rule),
    )


def has_mistake(rule: Rule, error: psycopg.Error) -> Finding:
    """Report a CHECK whose condition fails, so that no row can be written."""
    return Finding(
        rule="check-cannot-be-evaluated",
        object=rule.label,
        expected=f"a row keeps it or breaks it: {rule.definition}",
        found=f"its condition fails: {say(error)}",
        mend="correct the function that it calls, or grant what the owner lacks",
    )


def compares_nothing(rule: Rule) -> Finding:
    """Report an index in which there is never a row to compare another with."""
    return Finding(
        rule="index-compares-nothing",
        object=rule.label,
        expected=f"some rows are compared: {rule.definition}",
        found="none ever is: its predicate is true of no row, or its key is always NULL",
        mend="correct its predicate: deleted_at = NULL, or IS NULL of a column that is NOT NULL, is never true",
    )


def left_out_refused(rule: Rule, predicate: str, other: Rule) -> Finding:
    """Report that what an index leaves out is refused all the same, by another one."""
    return Finding(
        rule="valid-row-rejected",
        object=rule.label,
        expected=f"a second row with the same key is accepted where its predicate does not hold: {predicate}",
        found=f"{other.label} refuses it: {other.definition}",
        mend=f"drop {other.label}, without which {rule.label} does its work, or drop {rule.label}",
    )


def left_dangling(rule: Rule, constraint: Constraint, why: str, mend: str) -> Finding:
    """Report that a row still refers to what was deleted."""
    return Finding(
        rule="reference-left-dangling",
        object=rule.label,
        expected=f"ON DELETE {_action(constraint)}: no row refers to a deleted row of {constraint.references}",
        found=f"the row that it refers to is deleted, and the row that refers to it is left: {why}",
        mend=mend,
    )


def action_fails(rule: Rule, constraint: Constraint, error: psycopg.Error) -> Finding:
    """Report that what must happen when a row is deleted never can."""
    return Finding(
        rule="referential-action-fails",
        object=rule.label,
        expected=f"ON DELETE {_action(constraint)} when a row of {constraint.references} is deleted",
        found=f"the DELETE fails: {say(error)}",
        mend=f"choose another action, or let {', '.join(map(quote_name, constraint.columns))} take it",
    )


def _action(constraint: Constraint) -> str:
    return (constraint.on_delete or "no action").upper()


def _mean(rule: Rule) -> str:
    return f"say in {quote_name(rule.name)} what is meant, or drop it"


def _values(row: Mapping[str, str | None]) -> str:
    return ", ".join(f"{quote_name(name)} = {_literal(text)}" for name, text in row.items())


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
