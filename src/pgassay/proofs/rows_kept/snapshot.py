"""What stands in the tables at one moment: every row, as text, exactly as the server writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.tables import Table
from pgassay.errors import CatalogError
from pgassay.runtime.masking import without_values
from pgassay.target import reading

TableName = tuple[str, str]
"""Schema and name."""

Row = tuple[bytes | None, ...]
"""The values in the order of the columns, as the server writes them; None is NULL."""


_OWN = sql.SQL("SELECT {columns} FROM ONLY {table}")
_WHOLE = sql.SQL("SELECT {columns} FROM {table}")


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table.

    Attributes:
        columns: The names of those that are not generated, or are a key.
        key: Those of the primary key; empty where there is none.
        rows: In no order.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: tuple[Row, ...]

    def project(self, columns: Collection[str]) -> list[Row]:
        """Return the rows with these columns alone, in the given order."""
        places = [self.columns.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in self.rows]


Snapshot = Mapping[TableName, TableRows]


def tables_with_rows(catalog: Catalog) -> Iterator[TableName]:
    """Yield what may hold rows here: ordinary tables, and partitioned ones in place of their partitions."""
    for table in catalog.of_kind(Table).values():
        if table.table_kind != "foreign table" and table.partition_bound is None:
            yield table.schema, table.name


def read_rows(connection: psycopg.Connection[Any], catalog: Catalog, tables: Collection[TableName]) -> Snapshot:
    """Read every row of these tables, all in one round trip.

    Args:
        connection: Of a role that row security does not hold back, in autocommit.
        catalog: That of the database now.
        tables: Some of `tables_with_rows`.

    Raises:
        CatalogError: One of them cannot be read.
    """
    if not tables:
        return {}
    selects = [_select(catalog, table) for table in tables]
    try:
        with reading(connection):
            results = list(_results(connection.execute(sql.SQL(";\n").join(selects), prepare=False)))
    except psycopg.Error as error:
        said = without_values(error.diag.message_primary or str(error), (), sqlstate=error.sqlstate)
        raise CatalogError(
            f"the rows of {len(tables)} tables could not be read: {said}", sqlstate=error.sqlstate
        ) from error
    return {table: _rows(result, _key(catalog, table)) for table, result in zip(tables, results, strict=True)}


def read_what_can_be(
    connection: psycopg.Connection[Any], catalog: Catalog, tables: Collection[TableName]
) -> tuple[Snapshot, Mapping[TableName, str]]:
    """Read the rows of those tables that can be read; a partition may be a foreign table whose server is away.

    Args:
        connection: As for `read_rows`.
        catalog: That of the database now.
        tables: Some of `tables_with_rows`.

    Returns:
        The rows by table, and why the others cannot be read.
    """
    try:
        return read_rows(connection, catalog, tables), {}
    except CatalogError as error:
        if len(tables) == 1:
            return {}, dict.fromkeys(tables, error.message.partition("could not be read: ")[2])
    alone = [read_what_can_be(connection, catalog, [table]) for table in tables]
    rows = {table: found for snapshot, _ in alone for table, found in snapshot.items()}
    return rows, {table: why for _, unread in alone for table, why in unread.items()}


def _select(catalog: Catalog, table: TableName) -> sql.Composed:
    """Leave what inherits from a table to itself; a partitioned one has its rows in what does.

    Generated columns only repeat what the others say; as a key they are read all the same.
    """
    key = _key(catalog, table)
    whole = catalog.of_kind(Table)[table].table_kind == "partitioned table"
    columns = [c.name for c in catalog.parts(Column, table).values() if c.generated is None or c.name in key]
    return (_WHOLE if whole else _OWN).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(*table)
    )


def _key(catalog: Catalog, table: TableName) -> tuple[str, ...]:
    constraints = catalog.parts(Constraint, table).values()
    return next((found.columns for found in constraints if found.constraint_type == "primary key"), ())


def _results(cursor: psycopg.Cursor[Any]) -> Iterator[PGresult]:
    """Yield what each statement gave as it came: psycopg's values would not tell 1.0 from 1.00, or fail on some."""
    going: bool | None = True
    while going:
        if cursor.pgresult is not None:
            yield cursor.pgresult
        going = cursor.nextset()


def _rows(result: PGresult, key: tuple[str, ...]) -> TableRows:
    columns = range(result.nfields)
    rows = tuple(tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples))
    return TableRows(tuple((result.fname(column) or b"").decode() for column in columns), key, rows)
