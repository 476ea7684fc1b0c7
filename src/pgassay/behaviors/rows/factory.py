"""The factory: valid rows of any table, from what the catalog says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from pgassay.behaviors.rows.copying import copy_rows
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.filling import Filled, fill_tables
from pgassay.behaviors.rows.maker import Answer, Maker
from pgassay.behaviors.rows.shape import Shape
from pgassay.behaviors.scene import MissingError, find_relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Identity
from pgassay.contract.rows import RowsOfTable


class RowFactory:
    """Makes valid rows, with the parents that they need; the same ones for the same seed and the same database.

    Args:
        connection: To the database; in autocommit, or in a transaction, which is left open.
        catalog: Its catalog.
        seed: Another one gives other values.
        settings: What `[rows]` of behavior.toml gives (`Behavior.rows`).

    Raises:
        ContractError: The settings name a table or a column that is not there.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        catalog: Catalog,
        seed: int = 0,
        settings: Iterable[RowsOfTable] = (),
    ) -> None:
        self._catalog = catalog
        self._maker = Maker(connection, catalog, seed, settings)

    def insert(self, table: str, /, **values: Any) -> dict[str, Any]:
        """Store one row, and the rows that it must refer to.

        Args:
            table: As in SQL; without a schema the one table that is called so.
            **values: Values of some columns, by name. What they leave out is a default where there is one, else a
                value that every constraint lets pass; a foreign key that may be NULL is.

        Returns:
            The whole row as it is stored, by column.

        Raises:
            RowsError: The row cannot be made; constraint or column is named, and how to give a value.
        """
        shape = self._shape(table)
        answer = Answer(sql.SQL("*" if shape.columns else "1"), dict_row)
        row: dict[str, Any] = self._maker.row(self._maker.wish(shape, values), answer)
        return row if shape.columns else {}

    def insert_many(self, table: str, count: int, /, **values: Any) -> int:
        """Store many rows by COPY; they share their parents, unless a parent may have but one of them.

        Args:
            table: As in SQL; without a schema the one table that is called so.
            count: How many.
            **values: The same in each row.

        Returns:
            How many were stored; fewer where a trigger leaves some out.

        Raises:
            RowsError: As of `insert`; nothing is stored then.
        """
        shape = self._shape(table)
        return copy_rows(self._maker, shape, count, values)

    def fill(self, count: int = 1, tables: Collection[Identity] | None = None) -> Filled:
        """Store rows in every ordinary table, parents first; in partitioned ones through their root.

        Args:
            count: How many in each; fewer where the table has no room for so many (one row only, three labels).
            tables: Schema and name of those to fill; the parents of their rows get rows as well. None: all.

        Returns:
            How many rows each table got, and why the others got none.
        """
        return fill_tables(self._maker, count, tables)

    def _shape(self, table: str) -> Shape:
        try:
            relation = find_relation(self._catalog, table)
        except MissingError as error:
            raise RowsError(f"a row of {table} could not be made: {error.found}") from None
        identity = relation.schema, relation.name
        if identity not in self._maker.shapes.tables:
            raise RowsError(f"a row of {relation} could not be made: it is a view", hint="name a table that it shows")
        return self._maker.shape(identity)
