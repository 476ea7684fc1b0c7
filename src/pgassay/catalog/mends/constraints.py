"""Mends of constraints."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.mends import indexes
from pgassay.catalog.mends.common import set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import dotted, quote_name, sentence


def create(constraint: Constraint, context: Context) -> Statements:
    """Add a constraint, on an index of its name where one is there."""
    if constraint.constraint_type == "trigger":
        return [sentence("create its constraint trigger: it comes with it")]
    start = f"ALTER TABLE {dotted(constraint.schema, constraint.table)} ADD CONSTRAINT {quote_name(constraint.name)}"
    invalid = "" if constraint.validated or not constraint.enforced else " NOT VALID"
    statements = [f"{start} {_definition(constraint, context)}{invalid};"]
    return statements + (set_comment(constraint, constraint.comment) if constraint.comment is not None else [])


def _definition(constraint: Constraint, context: Context) -> str:
    index = context.actual.records.get(Index.KIND, {}).get((constraint.schema, constraint.name))
    words = {"primary key": "PRIMARY KEY", "unique": "UNIQUE"}.get(constraint.constraint_type)
    if words and isinstance(index, Index) and index.constraint is None and index.table == constraint.table:
        deferrable = " DEFERRABLE" if constraint.deferrable else ""
        deferred = " INITIALLY DEFERRED" if constraint.deferred else ""
        return f"{words} USING INDEX {quote_name(index.name)}{deferrable}{deferred}"
    return constraint.definition


def drop(constraint: Constraint, context: Context) -> Statements:
    """Drop a constraint, and make the index again that goes with it where one of its name is expected."""
    if constraint.constraint_type == "trigger":
        return [sentence("drop its constraint trigger: it goes with it")]
    table = dotted(constraint.schema, constraint.table)
    index = context.expected.records.get(Index.KIND, {}).get((constraint.schema, constraint.name))
    alone = isinstance(index, Index) and index.constraint is None and index.table == constraint.table
    again = indexes.create(index, context) if isinstance(index, Index) and alone else []
    return [f"ALTER TABLE {table} DROP CONSTRAINT {quote_name(constraint.name)};", *again]


def alter(difference: Difference, context: Context) -> Statements:
    """Validate what only is not valid; make anew what cannot be altered."""
    wanted, found = both(difference)
    names = {attribute.name for attribute in difference.attributes}
    if names <= {"validated"} and wanted.validated:
        table = dotted(wanted.schema, wanted.table)
        return [f"ALTER TABLE {table} VALIDATE CONSTRAINT {quote_name(wanted.name)};"]
    if names <= {"local", "parent"}:
        return [sentence("mend the inheritance of its table: the constraint follows")]
    if names <= {"fires"} and wanted.fires:
        return [
            sentence("it was switched off (DISABLE TRIGGER ALL), so rows may violate it: made anew, it checks them"),
            *drop(found, context),
            *create(wanted, context),
        ]
    return [*drop(found, context), *create(wanted, context)]


MENDERS = {Constraint.KIND: Mender(create=create, drop=drop, alter=alter)}
