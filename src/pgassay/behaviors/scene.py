"""Where a behaviour is tried: a table of a private scratch database, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import TriggerBehavior, Writes
from pgassay.errors import ContractError

PATIENCE = 60  # seconds that one statement may take: a trigger that waits for ever must not hang the run
RELATIONS = ("table", "view", "materialized view")
_NAME = re.compile(r'("(?:[^"]|"")+"|[^".\s]+)')
_BLANKS = re.compile(r"\s+")

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

    behavior: TriggerBehavior
    connection: psycopg.Connection[Any]
    catalog: Catalog
    table: Relation

    @property
    def trigger(self) -> Trigger | None:
        """The entry's trigger; None where it names none, or where there is no such trigger."""
        identity = (*_identity(self.table), self.behavior.trigger or "")
        return cast(Trigger | None, self.catalog.records.get("trigger", {}).get(identity))

    def run(self, text: str) -> None:
        """Run SQL whole, as one simple query: one transaction, which commits when it ends well."""
        self.connection.execute(text.encode())

    @contextmanager
    def without_trigger(self) -> Iterator[None]:
        """Go into a transaction that is rolled back, in which the entry's trigger does nothing."""
        trigger = sql.Identifier(self.behavior.trigger or "")
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(self.table.sql, trigger))
            yield

    def settle(self) -> None:
        """Let happen now what is deferred to the end of the transaction."""
        self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def rows(self, columns: tuple[str, ...]) -> Mapping[Key, Row]:
        """Return every row of the table by its primary key."""
        key = self.primary_key()
        statement = sql.SQL("SELECT ARRAY[{}], ARRAY[{}], xmin::text || ctid::text FROM {}").format(
            _texts(key), _texts(columns), self.table.sql
        )
        found = self.connection.execute(statement).fetchall()
        return {tuple(row[0]): Row(tuple(row[1]), row[2]) for row in found}

    def primary_key(self) -> tuple[str, ...]:
        """Return the columns by which a row is known before and after.

        Raises:
            ContractError: There is no primary key.
        """
        for record in self.catalog.records.get("constraint", {}).values():
            constraint = cast(Constraint, record)
            if constraint.constraint_type == "primary key" and constraint.identity[:2] == _identity(self.table):
                return constraint.columns
        raise ContractError(
            f'behavior "{self.behavior.name}": {self.table} has no primary key by which its rows are known',
            hint='say "writes" with this very table, or give it a primary key',
        )

    def count(self, writes: Writes) -> int:
        """Return how many rows of another table look as an entry says."""
        relation = find_relation(self.catalog, writes.table)
        require_columns(self.catalog, relation, tuple(writes.row))
        conditions: list[sql.Composable] = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in writes.row]
        if writes.where is not None:
            # The line end lets the condition close with a comment; % is doubled because values are passed beside it.
            text = writes.where.replace("%", "%%") if writes.row else writes.where
            conditions.append(sql.SQL("({}\n)").format(sql.SQL(cast(Any, text))))
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(relation.sql, sql.SQL(" AND ").join(conditions))
        row = self.connection.execute(statement, list(writes.row.values()) or None).fetchone()
        return int(row[0]) if row else 0


def _texts(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)


def _identity(relation: Relation) -> Identity:
    return relation.schema, relation.name


def find_relation(
    catalog: Catalog, name: str, *, kinds: tuple[str, ...] = RELATIONS, word: str = "a table"
) -> Relation:
    """Find a table or view, or an index, that is named as in SQL; without a schema it must be the only one of its name.

    Raises:
        MissingError: There is none, or there are several; the nearest ones are named.
    """
    parts = tuple(_fold(part) for part in _NAME.findall(name))
    known = [identity for kind in kinds for identity in catalog.records.get(kind, {})]
    found = [identity for identity in known if identity[-len(parts) :] == parts]
    if len(found) == 1:
        return Relation(*found[0])
    names = {str(Relation(*identity)): identity for identity in found or known}
    near = ", ".join(names if found else get_close_matches(name, [*names, *(i[1] for i in known)], n=3))
    reason = f"there are several: {near}" if found else "there is none" + (f"; near: {near}" if near else "")
    raise MissingError(f"{word} {name}", reason)


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
