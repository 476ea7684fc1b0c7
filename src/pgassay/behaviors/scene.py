"""Where a behaviour is tried: a table of a private scratch database, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import Entry, TriggerBehavior

PATIENCE = 60  # seconds that one statement may take: a trigger that waits for ever must not hang the run
RELATIONS = ("table", "view", "materialized view")
_NAME = re.compile(r'("(?:[^"]|"")+"|[^".\s]+)')
_BLANKS = re.compile(r"\s+")

_STATES: Mapping[str, LiteralString] = {
    "origin": "ENABLE",
    "disabled": "DISABLE",
    "replica": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was seen: the texts of some columns, and which version of the row it is."""

    values: tuple[str | None, ...]
    version: str


class MissingError(Exception):
    """Something that an entry names is not in the database."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(found)
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Relation:
    """A table by its parts, so that any of them may hold a dot."""

    schema: str
    name: str

    @property
    def sql(self) -> sql.Identifier:
        """Its name for a statement."""
        return sql.Identifier(self.schema, self.name)

    def __str__(self) -> str:
        return f"{quote_name(self.schema)}.{quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class Scene:
    """One entry's stage.

    Attributes:
        behavior: The entry.
        connection: The owner's, in autocommit, to a private scratch database.
        catalog: The catalog of that database.
        table: The table that the entry writes to.
    """

    VERSION: ClassVar[sql.SQL] = sql.SQL("xmin::text || ctid::text")

    behavior: TriggerBehavior
    connection: psycopg.Connection[Any]
    catalog: Catalog
    table: Relation

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
        self.connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(self.table.sql, trigger))

    def switch_back(self) -> None:
        """Give the entry's trigger the state that it had."""
        if self.trigger is not None:
            statement = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
            state, name = sql.SQL(_STATES[self.trigger.enabled]), sql.Identifier(self.trigger.name)
            self.connection.execute(statement.format(self.table.sql, state, name))

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
            texts_of(self.primary_key()), texts_of(columns), self.VERSION, self.table.sql
        )
        found = self.connection.execute(statement).fetchall()
        return {tuple(row[0]): Row(tuple(row[1]), row[2]) for row in found}

    def primary_key(self) -> tuple[str, ...]:
        """Return the columns by which a row is known before and after.

        Raises:
            ContractError: There is no primary key.
        """
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
        hint='say "writes" with this very table, or give it a primary key',
    )


def give(connection: psycopg.Connection[Any], behavior: Entry, given: str) -> None:
    """Commit what an entry is given.

    Raises:
        ContractError: It fails.
    """
    try:
        connection.execute(given.encode())
    except psycopg.Error as error:
        raise behavior.untriable("given", f"fails: {say(error)}", hint="correct the entry") from error


def ask(
    connection: psycopg.Connection[Any], statement: sql.SQL | sql.Composed, values: Sequence[str] = ()
) -> psycopg.RawCursor[Any]:
    """Execute a statement with parameters $1, $2, ...: in a name or a condition % is no parameter's beginning."""
    return psycopg.RawCursor(connection).execute(statement, values or None)


def texts_of(columns: tuple[str, ...], *, of: str | None = None) -> sql.Composed:
    """Return an array of columns as texts; `of` is the table's name where there are several."""
    names = (sql.Identifier(*(() if of is None else (of,)), column) for column in columns)
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names))


def _identity(relation: Relation) -> Identity:
    return relation.schema, relation.name


def find_relation(catalog: Catalog, name: str) -> Relation:
    """Find a table or view that is named as in SQL; without a schema it must be the only one of its name.

    Raises:
        MissingError: There is none, or there are several; the nearest ones are named.
    """
    parts = name_parts(name)
    known = [identity for kind in RELATIONS for identity in catalog.records.get(kind, {})]
    found = [identity for identity in known if identity[-len(parts) :] == parts]
    if len(found) == 1:
        return Relation(*found[0])
    names = {str(Relation(*identity)): identity for identity in found or known}
    near = ", ".join(names if found else get_close_matches(name, [*names, *(i[1] for i in known)], n=3))
    reason = f"there are several: {near}" if found else "there is none" + (f"; near: {near}" if near else "")
    raise MissingError(f"a table {name}", reason)


def name_parts(name: str) -> tuple[str, ...]:
    """Take a name apart that is written as in SQL; what is not quoted is in lower case."""
    return tuple(_fold(part) for part in _NAME.findall(name))


def _fold(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()


def require_columns(catalog: Catalog, relation: Relation, columns: tuple[str, ...]) -> None:
    """Make sure that a table has columns of these names.

    Raises:
        MissingError: One is not there; the nearest ones are named.
    """
    known = [identity[2] for identity in catalog.records.get("column", {}) if identity[:2] == _identity(relation)]
    for column in columns:
        if column not in known:
            near = ", ".join(get_close_matches(column, known, n=3)) or ", ".join(known)
            raise MissingError(f"a column {quote_name(column)} of {relation}", f"there is none; there are: {near}")


def say(error: psycopg.Error) -> str:
    """Return what the server said, in one line, with the SQLSTATE and the constraint where it names one."""
    message = _BLANKS.sub(" ", error.diag.message_primary or str(error)).strip()
    constraint = f' (constraint "{error.diag.constraint_name}")' if error.diag.constraint_name else ""
    return f"{message}{constraint} [{error.sqlstate}]"
