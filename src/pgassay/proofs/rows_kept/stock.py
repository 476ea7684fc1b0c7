"""The rows in the tables of a database that migrations go through: put in where they are wanting, and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Record
from pgassay.proofs.rows_kept.snapshot import Snapshot, TableName, TableRows, read_what_can_be, tables_with_rows
from pgassay.proofs.rows_kept.variety import vary

Fill = Callable[[psycopg.Connection[Any], Catalog, Sequence[TableName]], Mapping[TableName, str]]
"""Puts a few rows into each of these tables, in a session in autocommit; returns those that it could not, and why."""

NO_ROW_STAYED = "what was put in did not stay"
_NO_ROWS = TableRows((), (), ())


class Stock:
    """What stands in the tables now.

    Args:
        fill: Puts rows in.
        is_left_out: Whether a table is none of the schema's, such as the one in which a tool writes down what it did.

    Attributes:
        rows: Every row, by table.
        wanting: Tables without a row, and what they need.
        unreadable: Tables whose rows cannot be read, and why.
    """

    def __init__(self, fill: Fill, is_left_out: Callable[[TableName], bool]) -> None:
        self._fill, self._is_left_out = fill, is_left_out
        self.rows: Snapshot = {}
        self.wanting: Mapping[TableName, str] = {}
        self.unreadable: Mapping[TableName, str] = {}
        self._catalog: Catalog | None = None

    def empty(self) -> None:
        """Forget everything: it is another database now."""
        self.rows, self.wanting, self.unreadable, self._catalog = {}, {}, {}, None

    def lay_in(self, connection: psycopg.Connection[Any], catalog: Catalog) -> None:
        """Put rows into tables that have none, or have columns that they had not.

        Args:
            connection: In autocommit, of a role that may read and write everywhere.
            catalog: That of the database now.
        """
        tables = [table for table in tables_with_rows(catalog) if not self._is_left_out(table)]
        rows, self.unreadable = read_what_can_be(connection, catalog, tables)
        poor = list(self._poor(rows, catalog))
        failed: Mapping[TableName, str] = {}
        if poor:
            failed = self._fill(connection, catalog, poor)
            vary(connection, catalog, poor)
            rows, self.unreadable = read_what_can_be(connection, catalog, tables)
        reasons = {**dict.fromkeys(poor, NO_ROW_STAYED), **failed}
        self.wanting = {
            table: reasons.get(table) or self.wanting[table] for table, found in rows.items() if not found.rows
        }
        self.rows, self._catalog = rows, catalog

    def look(self, connection: psycopg.Connection[Any], catalog: Catalog) -> tuple[Snapshot, Mapping[TableName, str]]:
        """Return what is in those of the tables that still exist, and which of them cannot be read any more."""
        known = [table for table in tables_with_rows(catalog) if table in self.rows]
        return read_what_can_be(connection, catalog, known)

    def _poor(self, rows: Snapshot, catalog: Catalog) -> Iterator[TableName]:
        """Yield what to put rows into; what could not have any is tried again when its definition has changed."""
        changed = touched(self._catalog, catalog) if self._catalog is not None else rows.keys()
        for table, found in rows.items():
            is_new = set(found.columns) - set(self.rows.get(table, _NO_ROWS).columns)
            if is_new or (not found.rows and (table in changed or table not in self.wanting)):
                yield table


def touched(before: Catalog, after: Catalog) -> set[TableName]:
    """Return the tables of which anything is defined otherwise than before, those that came or went included."""
    found: set[TableName] = set()
    for kind in before.records.keys() | after.records.keys():
        old, new = before.records.get(kind, {}), after.records.get(kind, {})
        for identity in old.keys() | new.keys():
            record, other = old.get(identity), new.get(identity)
            if record is not other and record != other:
                found.update(name for side in (record, other) if (name := _table_of(side)))
    return found


def _table_of(record: Record | None) -> TableName | None:
    """Return the table that a record is, or hangs on."""
    if isinstance(record, Table):
        return record.schema, record.name
    schema, table = getattr(record, "schema", None), getattr(record, "table", None)
    return (schema, table) if schema and table else None
