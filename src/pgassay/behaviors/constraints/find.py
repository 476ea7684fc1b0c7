"""What a name of a constraint means: a constraint, or a unique index that is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

import psycopg

from pgassay.behaviors.scene import MissingError, Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import quote_name


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint or a unique index.

    Attributes:
        name: Its bare name.
        table: Its table's bare name.
        label: Kind and qualified name.
        definition: What it says.
        mend: What may be done where it lets through what it must not.
        reported: The tables and names that an error may give for it: a partition's part of it rejects for the whole.
        record: What the catalog says of it.
    """

    name: str
    table: str
    label: str
    definition: str
    mend: str
    reported: frozenset[tuple[str, str]]
    record: Constraint | Index

    def refuses(self, error: psycopg.Error) -> bool:
        """Tell whether an error is its own: another table's may have its name, so the table that is named decides."""
        return (error.diag.table_name or self.table, error.diag.constraint_name) in self.reported


def find_rule(catalog: Catalog, table: Relation, name: str) -> Rule:
    """Find a constraint of a table, or a unique index on it.

    Raises:
        MissingError: There is none; the nearest ones are named.
    """
    rules = rules_of(catalog, table)
    if name not in rules:
        near = get_close_matches(name, rules, n=3) or list(rules)
        found = f"there are: {', '.join(map(quote_name, near))}" if near else "it has none"
        raise MissingError(f"a constraint or unique index {quote_name(name)} on {table}", found)
    return rules[name]


def rules_of(catalog: Catalog, table: Relation) -> dict[str, Rule]:
    """Return the constraints and unique indexes of a table by name."""
    return {rule.name: rule for rule in (*_indexes(catalog, table), *_constraints(catalog, table))}


def _constraints(catalog: Catalog, table: Relation) -> Iterator[Rule]:
    for identity, record in catalog.records.get("constraint", {}).items():
        constraint = cast(Constraint, record)
        if identity[:2] == (table.schema, table.name) and constraint.constraint_type != "trigger":
            yield _rule(constraint, catalog, constraint.definition, _mend(constraint, table))


def _indexes(catalog: Catalog, table: Relation) -> Iterator[Rule]:
    for record in catalog.records.get("index", {}).values():
        index = cast(Index, record)
        if (index.schema, index.table) == (table.schema, table.name) and index.unique:
            where = f" where {index.predicate}" if index.predicate else ""
            columns = ", ".join(column.expression for column in index.columns)
            yield _rule(index, catalog, f"({columns}){where}", "")


def _rule(record: Constraint | Index, catalog: Catalog, definition: str, mend: str) -> Rule:
    mend = mend or f"look at {record.label}: {definition}"
    reported = frozenset(_reported(record, catalog))
    return Rule(record.name, record.table, record.label, definition, mend, reported, record)


def _reported(record: Constraint | Index, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield table and name of a constraint or an index, and of those that are its parts or inherited from it."""
    yield record.table, record.name
    for other in catalog.records.get(record.KIND, {}).values():
        part = cast(Constraint | Index, other)
        if _is_part(part, record):
            yield from _reported(part, catalog)


def _is_part(part: Constraint | Index, whole: Constraint | Index) -> bool:
    if isinstance(part, Constraint) and isinstance(whole, Constraint):
        inherited = not part.local and part.name == whole.name and whole.local and part.definition == whole.definition
        return inherited or part.parent == ".".join(map(quote_name, whole.identity))
    return isinstance(part, Index) and ".".join(map(quote_name, whole.identity)) in part.parents


def _mend(constraint: Constraint, table: Relation) -> str:
    name = quote_name(constraint.name)
    if not constraint.enforced and constraint.constraint_type == "check":  # ALTER CONSTRAINT knows foreign keys alone
        definition = constraint.definition.removesuffix(" NOT ENFORCED")
        return f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition};"
    if not constraint.enforced:
        return f"ALTER TABLE {table} ALTER CONSTRAINT {name} ENFORCED;"
    if not constraint.fires:  # which does not tell on which side
        sides = dict.fromkeys((str(table), constraint.references or str(table)))
        return " ".join(f"ALTER TABLE {side} ENABLE TRIGGER ALL;" for side in sides)
    return ""
