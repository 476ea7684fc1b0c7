"""Where an entry about rows is tried: a relation of a private clone, and the role that acts in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.scene import MissingError, say
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.roles import RoleSetting
from pgassay.catalog.record import Record
from pgassay.contract.behavior import AccessBehavior, Rows

Version = tuple[str, str]
"""The table that a row is in, and where: another one after each change."""

_ABLE = """
SELECT a.attname
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
   AND pg_catalog.has_column_privilege(%s::name, c.oid, a.attnum, %s)
 ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Stage:
    """One entry's stage.

    Attributes:
        entry: The entry.
        rows: What it expects.
        connection: A superuser's, in autocommit, to a private scratch database.
        catalog: The catalog of that database.
        on: The objects that the entry is on.
    """

    entry: AccessBehavior
    rows: Rows
    connection: psycopg.Connection[Any]
    catalog: Catalog
    on: Sequence[Record]

    @cached_property
    def relation(self) -> Record:
        """The table or view whose rows are looked at.

        Raises:
            MissingError: The entry is on something else.
        """
        record = self.on[0]
        if record.KIND not in {"table", "view", "materialized view"}:
            raise MissingError("a table or a view, whose rows can be looked at", record.label)
        return record

    @property
    def name(self) -> sql.Identifier:
        """The relation's name for a statement."""
        return sql.Identifier(*self.relation.identity)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Go into a transaction that is rolled back, in which the claims are set.

        Raises:
            ContractError: A claim cannot be set.
        """
        with self.connection.transaction(force_rollback=True):
            for setting, value in {**self._settings(), **self.rows.claims}.items():
                self._claim(setting, value)
            yield

    def _claim(self, setting: str, value: str) -> None:
        try:
            self.connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [setting, value])
        except psycopg.Error as error:
            hint = 'a setting of your own has a dot in its name, as "app.tenant"'
            raise self.entry.untriable("claims", f'"{setting}" cannot be set: {say(error)}', hint=hint) from error

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act as the role; afterwards as the superuser again, and what was done is still there to be seen."""
        become = sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(self.rows.role))
        with self.connection.transaction():  # a savepoint: a failure brings the superuser back
            self.connection.execute(become)
            yield
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.connection.execute("RESET SESSION AUTHORIZATION")

    def _settings(self) -> Mapping[str, str]:
        """Return the search path, and the application's own settings, that the role would have where it logs in."""
        records = (cast(RoleSetting, r) for r in self.catalog.records.get("role setting", {}).values())
        mine = (r for r in records if r.role == self.rows.role)
        return {r.name: r.value for r in mine if r.name == "search_path" or "." in r.name}

    def readable(self) -> list[str]:
        """Return the columns by which rows are known: the primary key's, else what the role may see, else all."""
        able = self._able("SELECT")
        key = self._key()
        return key if key and set(key) <= set(able) else able or [column.name for column in self._columns()]

    def _able(self, privilege: str) -> list[str]:
        """Return the columns that the role has a privilege on."""
        parameters = [*self.relation.identity, self.rows.role, privilege]
        return [str(name) for (name,) in self.connection.execute(_ABLE, parameters).fetchall()]

    def _key(self) -> list[str]:
        for record in self.catalog.records.get("constraint", {}).values():
            constraint = cast(Constraint, record)
            if constraint.constraint_type == "primary key" and constraint.identity[:2] == self.relation.identity:
                return list(constraint.columns)
        return []

    def rows_where(self, condition: str, columns: Sequence[str], *, key: str) -> tuple[list[str], list[str]]:
        """Return the rows for which a condition holds, and the others, as texts.

        Raises:
            ContractError: The condition cannot be computed.
        """
        found = self._told(condition, _text(columns), key=key)
        return [text for text, holds in found if holds], [text for text, holds in found if not holds]

    def versions_where(self, condition: str, *, key: str) -> tuple[dict[Version, str], dict[Version, str]]:
        """Return the versions of the rows for which a condition holds, and of the others, each with its row as text.

        Raises:
            ContractError: The condition cannot be computed.
        """
        if self.relation.KIND != "table":
            problem = f"speaks of rows of a table, and {self.relation.label} is none"
            raise self.entry.untriable(key, problem, hint='say what can be written with "may" and "may_not"')
        columns = self._key() or [c.name for c in self._columns()]
        text = sql.SQL("{}, tableoid::text, ctid::text").format(_text(columns))
        found = self._told(condition, text, key=key)
        holding = {(table, place): row for row, table, place, holds in found if holds}
        others = {(table, place): row for row, table, place, holds in found if not holds}
        return holding, others

    def versions(self) -> set[Version]:
        """Return the versions of all rows."""
        query = sql.SQL("SELECT tableoid::text, ctid::text FROM {}").format(self.name)
        return {(str(table), str(place)) for table, place in self.connection.execute(query).fetchall()}

    def _told(self, condition: str, what: sql.Composable, *, key: str) -> list[tuple[Any, ...]]:
        # The line end lets the condition close with a comment.
        query = sql.SQL("SELECT {}, coalesce(({}\n), false) FROM {}").format(
            what, sql.SQL(cast(Any, condition)), self.name
        )
        try:
            return self.connection.execute(query).fetchall()
        except psycopg.Error as error:
            hint = hint_for(error, self.catalog, f"it is an SQL condition on the columns of {self.relation.label}")
            raise self.entry.untriable(key, f"cannot be computed: {say(error)}", hint=hint) from error

    def all_rows(self, columns: Sequence[str]) -> list[str]:
        """Return every row that whoever acts can see, as texts."""
        query = sql.SQL("SELECT {} FROM {}").format(_text(columns), self.name)
        return [str(text) for (text,) in self.connection.execute(query).fetchall()]

    def settable(self) -> str:
        """Return a column that can be set to what it is, if possible one that the role may both read and set.

        Raises:
            ContractError: All columns are generated.
        """
        columns = [column.name for column in self._columns() if not (column.generated or column.identity_column)]
        able = set(self._able("SELECT")) & set(self._able("UPDATE"))
        for name in (*(name for name in columns if name in able), *columns):
            return name
        raise self.entry.untriable(
            "updates", f"{self.relation.label} has no column that can be set", hint="leave it out"
        )

    def update(self, column: str) -> None:
        """Set a column to what it is, in every row that the policies let whoever acts."""
        name = sql.Identifier(column)
        self.connection.execute(sql.SQL("UPDATE {} SET {} = {}").format(self.name, name, name))

    def delete(self) -> None:
        """Delete every row that the policies let the role."""
        self.connection.execute(sql.SQL("DELETE FROM {}").format(self.name))

    def _columns(self) -> list[Column]:
        columns = (cast(Column, record) for record in self.catalog.records.get("column", {}).values())
        return [column for column in columns if (column.schema, column.table) == self.relation.identity]


def _text(columns: Sequence[str]) -> sql.Composed:
    """Return an expression for a row's text."""
    return sql.SQL("ROW({})::text").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
