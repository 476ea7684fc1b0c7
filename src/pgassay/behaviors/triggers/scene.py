"""The stage of a `[[trigger]]` entry: a table of a private scratch database, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgassay.behaviors.scene import MissingError, Relation, require_columns
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import Entry, TriggerBehavior

_STATES: Mapping[str, LiteralString] = {
    "origin": "ENABLE",
    "disabled": "DISABLE",
    "replica": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}

_VERSION = sql.SQL("xmin::text || ctid::text")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was seen: the texts of some columns, and which version of the row it is."""

    values: tuple[str | None, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One entry's stage.

    Attributes:
        behavior: The entry.
        connection: The owner's, in autocommit, to a private scratch database.
        catalog: The catalog of that database.
        table: The table that the entry writes to.
    """

    behavior: TriggerBehavior
    connection: psycopg.Connection[Any]
    catalog: Catalog
    table: Relation

    @property
    def is_view(self) -> bool:
        """Whether the entry writes to a view, whose triggers fire instead of the write."""
        return _identity(self.table) in self.catalog.records.get("view", {})

    @property
    def version(self) -> sql.Composable:
        """An expression that changes with each write of a row; a view's row is known by its values alone."""
        return sql.SQL("{}::text").format(sql.Identifier(self.table.name)) if self.is_view else _VERSION

    @property
    def trigger(self) -> Trigger | None:
        """The entry's trigger; None where it names none, or where there is no such trigger."""
        identity = (*_identity(self.table), self.behavior.trigger or "")
        return cast(Trigger | None, self.catalog.records.get("trigger", {}).get(identity))

    def named_trigger(self, name: str) -> Trigger:
        """Return a trigger of the table.

        Raises:
            MissingError: There is none of this name; those that are there are named.
        """
        there = {
            identity[2]: cast(Trigger, record)
            for identity, record in self.catalog.records.get("trigger", {}).items()
            if identity[:2] == _identity(self.table)
        }
        if name not in there:
            found = f"there are: {', '.join(map(quote_name, there))}" if there else "it has no trigger"
            raise MissingError(f"a trigger {quote_name(name)} on {self.table}", found)
        return there[name]

    def run(self, text: str) -> None:
        """Run SQL whole, as one simple query: one transaction, which commits when it ends well.

        Inside of a transaction that is rolled back later, what is deferred to its end happens at once.
        """
        self.connection.execute(text.encode())
        if self.connection.info.transaction_status is not TransactionStatus.IDLE:
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def text(self, statement: LiteralString) -> str:
        """Return a statement about the table, whose name stands for `{}`."""
        return sql.SQL(statement).format(self.table.sql).as_string(self.connection)

    def transaction(self) -> AbstractContextManager[psycopg.Transaction]:
        """Begin a transaction, which commits when it ends well."""
        return self.connection.transaction()

    def rolled_back(self) -> AbstractContextManager[psycopg.Transaction]:
        """Go into a transaction that leaves nothing behind."""
        return self.connection.transaction(force_rollback=True)

    @contextmanager
    def without_trigger(self) -> Iterator[None]:
        """Go into a transaction that is rolled back, in which the entry's trigger does nothing; no name means all."""
        with self.rolled_back():
            self.switch_off()
            yield

    def switch_off(self) -> None:
        """Disable the entry's trigger; where it names none, all that somebody made."""
        name = self.behavior.trigger
        trigger = sql.SQL("USER") if name is None else sql.Identifier(name)
        if self.is_view:  # whose triggers can only be dropped
            self._drop_triggers()
        else:
            self.connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(self.table.sql, trigger))

    def switch_back(self) -> None:
        """Give the entry's trigger the state that it had."""
        if self.trigger is not None and self.is_view:
            self.connection.execute(self.trigger.definition.encode())
        elif self.trigger is not None:
            statement = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
            state, name = sql.SQL(_STATES[self.trigger.enabled]), sql.Identifier(self.trigger.name)
            self.connection.execute(statement.format(self.table.sql, state, name))

    def _drop_triggers(self) -> None:
        for identity in self.catalog.records.get("trigger", {}):
            if identity[:2] == _identity(self.table) and self.behavior.trigger in {None, identity[2]}:
                statement = sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(identity[2]), self.table.sql)
                self.connection.execute(statement)

    def settable(self) -> tuple[str, ...]:
        """Return the table's columns that an UPDATE may set to what they are."""
        columns = cast("Mapping[Identity, Column]", self.catalog.records.get("column", {}))
        return tuple(
            identity[2]
            for identity, column in columns.items()
            if identity[:2] == _identity(self.table) and column.generated is None and column.identity_column != "always"
        )

    def noop(self, columns: tuple[str, ...]) -> str:
        """Return an UPDATE of every row that sets columns to what they are."""
        equal = sql.SQL(", ").join(sql.SQL("{0} = {0}").format(sql.Identifier(column)) for column in columns)
        return sql.SQL("UPDATE {} SET {}").format(self.table.sql, equal).as_string(self.connection)

    def rows(self, columns: tuple[str, ...]) -> Mapping[Key, Row]:
        """Return every row of the table by its primary key."""
        statement = sql.SQL("SELECT {}, {}, {} FROM {}").format(
            texts_of(self.primary_key()), texts_of(columns), self.version, self.table.sql
        )
        found = self.connection.execute(statement).fetchall()
        return {tuple(row[0]): Row(tuple(row[1]), row[2]) for row in found}

    def primary_key(self) -> tuple[str, ...]:
        """Return the columns by which a row is known before and after: those that the entry says, or the primary key.

        Raises:
            ContractError: There is no primary key.
            MissingError: There is no such column.
        """
        if self.behavior.key:
            require_columns(self.catalog, self.table, self.behavior.key)
            return self.behavior.key
        return primary_key(self.behavior, self.catalog, self.table)


def primary_key(behavior: Entry, catalog: Catalog, table: Relation) -> tuple[str, ...]:
    """Return the columns of a table's primary key.

    Raises:
        ContractError: There is none.
    """
    for record in catalog.records.get("constraint", {}).values():
        constraint = cast(Constraint, record)
        if constraint.constraint_type == "primary key" and constraint.identity[:2] == _identity(table):
            return constraint.columns
    raise behavior.untriable(
        "table",
        f"{table} has no primary key by which its rows are known",
        hint='say by which columns, with "key"',
    )


def texts_of(columns: tuple[str, ...], *, of: str | None = None) -> sql.Composed:
    """Return an array of columns as texts; `of` is the table's name where there are several."""
    names = (sql.Identifier(*(() if of is None else (of,)), column) for column in columns)
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names))


def _identity(relation: Relation) -> Identity:
    return relation.schema, relation.name
