"""What a table asks of its rows, put together from the catalog's records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from pgassay.behaviors.rows.oracle import Stage
from pgassay.behaviors.rows.pools import Pools
from pgassay.behaviors.rows.text import names
from pgassay.behaviors.scene import Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import Enum
from pgassay.catalog.record import Identity, quote_name

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on a row.

    Attributes:
        label: What it is called in a message.
        condition: SQL.
        columns: The columns that it is about.
        bodies: Those of the functions that it calls: what they say may suggest values.
    """

    label: str
    condition: str
    columns: frozenset[str]
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What must be another value in each row: a unique index, or an exclusion constraint's.

    Attributes:
        columns: The columns that its keys mention.
        one_null: Whether NULL may be there but once.
    """

    columns: frozenset[str]
    one_null: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key.

    Attributes:
        name: Its name.
        columns: Referencing column -> referenced column.
        parent: The referenced table.
        full: Whether MATCH FULL.
        deferrable: Whether it may be looked at when the transaction ends.
        deferred: Whether it is, unless told otherwise.
    """

    name: str
    columns: Mapping[str, str]
    parent: Identity
    full: bool
    deferrable: bool
    deferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table as the factory sees it.

    Attributes:
        table: Its record.
        columns: Its columns by name, in order.
        checks: Its CHECK constraints.
        keys: What must be unique.
        foreign_keys: Its foreign keys, those of most columns first: what they share is decided there.
        triggers: The bodies of the functions that are called for each row that is inserted.
    """

    table: Table
    columns: Mapping[str, Column]
    checks: tuple[Check, ...]
    keys: tuple[Key, ...]
    foreign_keys: tuple[ForeignKey, ...]
    triggers: tuple[str, ...] = ()

    @property
    def relation(self) -> Relation:
        """Its name for statements and messages."""
        return Relation(self.table.schema, self.table.name)

    @property
    def writable(self) -> Mapping[str, Column]:
        """The columns that are not generated."""
        return {name: column for name, column in self.columns.items() if column.generated is None}

    def siblings(self, key: ForeignKey) -> list[ForeignKey]:
        """Return the foreign keys that refer to the same table as one of them, itself among them, in order."""
        return [other for other in self.foreign_keys if other.parent == key.parent]

    def stage(self, pools: Pools) -> Stage:
        """Return its columns for the conditions on it: domains are none there, for their checks would raise errors."""
        return Stage(
            name=self.table.name,
            types={name: pools.base(column.type) for name, column in self.writable.items()},
            generated={name: c.default or "NULL" for name, c in self.columns.items() if c.generated},
        )


class Shapes:
    """The shapes of a catalog's tables, each made once.

    Args:
        catalog: The catalog.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.tables = {identity: cast(Table, t) for identity, t in catalog.records.get("table", {}).items()}
        self._named = {".".join(map(quote_name, identity)): identity for identity in self.tables}
        self._bodies = _bodies(catalog)
        self._made: dict[Identity, Shape] = {}

    def of(self, identity: Identity) -> Shape:
        """Return a table's shape."""
        if identity not in self._made:
            table = self.tables[identity]
            found = self.catalog.parts(Column, identity)
            columns = {name: found[(name,)] for name in table.columns if (name,) in found}
            self._made[identity] = Shape(
                table=table,
                columns=columns,
                checks=tuple(map(self._with_bodies, self._checks(identity, columns))),
                keys=tuple(self._keys(identity, columns)),
                foreign_keys=tuple(sorted(self._foreign_keys(identity), key=lambda key: -len(key.columns))),
                triggers=tuple(self._triggers(identity)),
            )
        return self._made[identity]

    def children(self, identity: Identity) -> list[Identity]:
        """Return the partitions of a table, at every level."""
        name = ".".join(map(quote_name, identity))
        direct = [other for other, table in self.tables.items() if name in table.parents and table.partition_bound]
        return [found for child in direct for found in (child, *self.children(child))]

    def _constraints(self, identity: Identity, type_: str) -> Iterator[Constraint]:
        found = self.catalog.parts(Constraint, identity).values()
        yield from (constraint for constraint in found if constraint.constraint_type == type_)

    def _checks(self, identity: Identity, columns: Mapping[str, Column]) -> Iterator[Check]:
        for constraint in self._constraints(identity, "check"):
            if constraint.enforced:
                yield check_of(constraint, columns)
        yield from _generated_checks(self.catalog, columns)

    def _with_bodies(self, check: Check) -> Check:
        called = sorted(names(check.condition) & self._bodies.keys())
        return replace(check, bodies=tuple(body for name in called for body in self._bodies[name]))

    def _triggers(self, identity: Identity) -> Iterator[str]:
        for trigger in self.catalog.parts(Trigger, identity).values():
            if "insert" in trigger.events and trigger.level == "row" and trigger.enabled != "disabled":
                yield from (body for name in names(trigger.function) for body in self._bodies.get(name, ()))

    def _keys(self, identity: Identity, columns: Mapping[str, Column]) -> Iterator[Key]:
        for index in self.catalog.parts(Index, identity).values():
            if index.unique or index.exclusion:
                mentioned = columns.keys() & names(" ".join(key.expression for key in index.columns))
                yield Key(sources_of(frozenset(mentioned), columns), index.nulls_not_distinct)

    def _foreign_keys(self, identity: Identity) -> Iterator[ForeignKey]:
        for constraint in self._constraints(identity, "foreign key"):
            parent = self._named.get(constraint.references or "")
            if parent is not None:
                yield ForeignKey(
                    name=constraint.name,
                    columns=dict(zip(constraint.columns, constraint.referenced_columns, strict=True)),
                    parent=parent,
                    full=constraint.match == "full",
                    deferrable=constraint.deferrable,
                    deferred=constraint.deferred,
                )


def _bodies(catalog: Catalog) -> Mapping[str, list[str]]:
    """Return the bodies of a database's functions by name, without comments, in which quotes mean nothing."""
    found: dict[str, list[str]] = {}
    for record in catalog.records.get("function", {}).values():
        function = cast(Function, record)
        found.setdefault(function.name, []).append(_COMMENT.sub("", function.body))
    return found


def check_of(constraint: Constraint, columns: Mapping[str, Column]) -> Check:
    """Return the condition of a CHECK constraint of a table with these columns."""
    enforced = constraint.definition.removesuffix(" NOT ENFORCED")
    condition = enforced.removeprefix("CHECK ").removesuffix(" NO INHERIT")
    label = f"constraint {quote_name(constraint.name)} {constraint.definition}"
    return Check(label, condition, sources_of(frozenset(constraint.columns), columns))


def sources_of(mentioned: frozenset[str], columns: Mapping[str, Column]) -> frozenset[str]:
    """Return columns, those that are generated by what they are made from."""
    generated = frozenset(name for name in mentioned if columns[name].generated)
    sources = names(" ".join(columns[name].default or "" for name in generated))
    return mentioned - generated | columns.keys() & sources


def _generated_checks(catalog: Catalog, columns: Mapping[str, Column]) -> Iterator[Check]:
    """Yield what a generated column that may not be NULL asks of those that it is made from."""
    plain = frozenset(name for name, column in columns.items() if not column.generated)
    for name, column in columns.items():
        if column.generated and column.not_null and column.default:
            label = f"generated column {quote_name(name)} NOT NULL, {column.default}"
            condition = f"({column.default}) IS NOT NULL{_one_of(catalog, column)}"
            yield Check(label, condition, plain & names(column.default))


def _one_of(catalog: Catalog, column: Column) -> str:
    """Say of an enum's text which there are: it is true in any case, and suggests them as values."""
    found = catalog.records.get("enum", {}).values()
    labels = [cast(Enum, e).labels for e in found if ".".join(map(quote_name, e.identity)) == column.type]
    literals = ", ".join("'" + label.replace("'", "''") + "'" for label in (labels[0] if labels else ()))
    return f" AND ({column.default})::text IN ({literals})" if literals else ""
