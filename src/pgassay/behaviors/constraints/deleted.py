"""What becomes of a row when that which it refers to is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import psycopg
from psycopg import sql

from pgassay.behaviors.constraints import verdicts
from pgassay.behaviors.constraints.causes import OFF, rests
from pgassay.behaviors.constraints.find import Rule
from pgassay.behaviors.constraints.invalid import IMMEDIATE, Breaker, Texts, answer_of
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.oracle import identifier
from pgassay.behaviors.rows.shape import ForeignKey, Shape
from pgassay.behaviors.scene import Relation, say
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.findings import Finding

IN_THE_WAY = 4  # foreign keys that are dropped for one try, because they refuse the DELETE before the one that is tried
_KEPT = (None, "no action", "restrict")  # actions that refuse the DELETE
_DELETE = sql.SQL("DELETE FROM {table} WHERE {same}")
_SAME = sql.SQL("{} = %s")
_REFERRED_TO = "23503"
_NOT_NULL, _REWRITTEN = "23502", "XX000"  # its column may hold no NULL; a rule has made something else of the action


def try_delete(breaker: Breaker, rule: Rule, constraint: Constraint) -> Finding | str | None:
    """Delete what a row refers to, and take it back.

    Args:
        breaker: Makes the row.
        rule: The foreign key.
        constraint: The same.

    Returns:
        What is wrong, or why that cannot be told, or None: nothing is.
    """
    key = breaker.key(constraint)
    if ", PERIOD " in constraint.definition:
        return None  # of a time any other row may hold what was deleted
    connection = breaker.maker.connection
    try:
        with connection.transaction(force_rollback=True):
            own = _referring(breaker, key)
            connection.execute(IMMEDIATE)
            return _deleted(breaker, rule, constraint, own)
    except (RowsError, psycopg.Error) as error:
        if connection.closed:
            raise
        return error.message if isinstance(error, RowsError) else say(error)


def _referring(breaker: Breaker, key: ForeignKey) -> Mapping[str, str]:
    """Return the key's texts of a row with a parent of its own or, where none is made, of the one that is there.

    Raises:
        RowsError: None refers to anything.
    """
    for make in (_with_a_parent, _linked, lambda breaker, _: breaker.valid):
        try:
            with breaker.maker.connection.transaction():
                row = make(breaker, key)
        except (psycopg.Error, RowsError):
            continue
        own = {name: text for name in key.columns if (text := row[name]) is not None}
        if len(own) == len(key.columns):
            return own
    raise RowsError("no row was made that refers to another")


def _with_a_parent(breaker: Breaker, key: ForeignKey) -> Texts:
    """The parent is made before, as for a key that refers to its own table."""
    maker, shape = breaker.maker, breaker.maker.shape(key.parent)
    parent = dict(zip(shape.columns, maker.row(maker.wish(shape, {}), answer_of(shape)), strict=True))
    return _row(breaker, breaker.shape, {own: parent[name] for own, name in key.columns.items()})


def _linked(breaker: Breaker, key: ForeignKey) -> Texts:
    """The row says what its parent must be, as where a CHECK speaks of the key; it may not be NULL."""
    columns = {
        name: replace(c, not_null=c.not_null or name in key.columns) for name, c in breaker.shape.columns.items()
    }
    return _row(breaker, replace(breaker.shape, columns=columns), {})


def _row(breaker: Breaker, shape: Shape, values: Texts) -> Texts:
    maker = breaker.maker
    return dict(zip(shape.columns, maker.row(maker.wish(shape, values), answer_of(shape)), strict=True))


def _deleted(breaker: Breaker, rule: Rule, constraint: Constraint, own: Mapping[str, str]) -> Finding | str | None:
    key = breaker.key(constraint)
    error = _delete(breaker, rule, key, own, IN_THE_WAY)
    if error is not None:
        return _refused(breaker, rule, constraint, error)
    if not breaker.dangles(key, own):
        return "a trigger or a rule keeps the row that it refers to"
    return _dangling(breaker, rule, constraint) if breaker.count(own) else None


def _delete(breaker: Breaker, rule: Rule, key: ForeignKey, own: Mapping[str, str], ways: int) -> psycopg.Error | None:
    """Delete what a row refers to; keys of other rows, which triggers have made beside it, are dropped meanwhile."""
    connection = breaker.maker.connection
    same = sql.SQL(" AND ").join(_SAME.format(identifier(key.columns[name])) for name in own)
    try:
        with connection.transaction():
            connection.execute(_DELETE.format(table=identifier(*key.parent), same=same), list(own.values()))
            connection.execute(IMMEDIATE)
            return None
    except psycopg.Error as error:
        if not ways or error.sqlstate != _REFERRED_TO or _is_its(error, rule, breaker.shape):
            return error
        try:
            with connection.transaction():
                connection.execute(_drop(error))
        except psycopg.Error:
            return error
    return _delete(breaker, rule, key, own, ways - 1)


def _drop(error: psycopg.Error) -> sql.Composed:
    """Return what drops the constraint that an error names."""
    said = error.diag
    table = sql.Identifier(said.schema_name or "", said.table_name or "")
    return sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, sql.Identifier(said.constraint_name or ""))


def _refused(breaker: Breaker, rule: Rule, constraint: Constraint, error: psycopg.Error) -> Finding | str | None:
    if constraint.on_delete in _KEPT:
        return None if _is_its(error, rule, breaker.shape) else say(error)
    own = error.diag.table_name == rule.table and error.diag.column_name in constraint.columns
    if error.sqlstate == _REWRITTEN or (error.sqlstate == _NOT_NULL and own):
        return verdicts.action_fails(rule, constraint, error)
    return say(error)


def _is_its(error: psycopg.Error, rule: Rule, shape: Shape) -> bool:
    """Tell whether a key refuses a DELETE; of a partition of its parent it does so under a name that it made up."""
    others = {key.name for key in shape.foreign_keys}
    made_up = error.sqlstate == _REFERRED_TO and error.diag.constraint_name not in others
    return rule.refuses(error) or (made_up and error.diag.table_name == rule.table)


def _dangling(breaker: Breaker, rule: Rule, constraint: Constraint) -> Finding:
    parent = Relation(*breaker.key(constraint).parent)
    resting = rests(constraint, breaker.maker.connection)
    if resting is None and not constraint.fires:
        resting = f"{OFF} on {parent}", f"ALTER TABLE {parent} ENABLE TRIGGER ALL;"
    table = Relation(*breaker.shape.table.identity)
    why, mend = resting or (
        f"a trigger on {table} keeps it",
        f"let the trigger pass what the foreign key does to {table}: return OLD or NEW, not NULL",
    )
    return verdicts.left_dangling(rule, constraint, why, mend)
