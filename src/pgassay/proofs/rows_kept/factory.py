"""Rows from the row factory: valid ones for any table, whatever the schema is at a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from pgassay.behaviors.rows import RowFactory
from pgassay.behaviors.scene import MissingError, Relation, find_relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.contract.rows import RowsOfTable
from pgassay.proofs.rows_kept.snapshot import TableName
from pgassay.proofs.rows_kept.stock import Fill

ROWS = 3
"""Rows a table: one whole, one with NULLs, one that repeats another (`variety`)."""


def made(settings: Sequence[RowsOfTable] = ()) -> Fill:
    """Return what fills tables by the row factory.

    Args:
        settings: What `[rows]` of behavior.toml gives; what it says of the head alone is left out before.
    """

    def fill(
        connection: psycopg.Connection[Any], catalog: Catalog, tables: Sequence[TableName]
    ) -> Mapping[TableName, str]:
        factory = RowFactory(connection, catalog, settings=_fitting(settings, catalog))
        skipped = factory.fill(ROWS, tables).skipped
        names = {table: str(Relation(*table)) for table in tables}
        return {table: _short(skipped[name]) for table, name in names.items() if name in skipped}

    return fill


def _fitting(settings: Sequence[RowsOfTable], catalog: Catalog) -> Iterator[RowsOfTable]:
    """Yield what speaks of tables and columns that are there."""
    for entry in settings:
        try:
            relation = find_relation(catalog, entry.table)
        except MissingError:
            continue
        known = {column.name for column in catalog.parts(Column, (relation.schema, relation.name)).values()}
        yield replace(entry, columns={name: found for name, found in entry.columns.items() if name in known})


def _short(reason: str) -> str:
    """Return why a row could not be made without what a caller could give."""
    return reason.partition("\nhint: ")[0]
