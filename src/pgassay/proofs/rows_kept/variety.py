"""Rows that differ as rows in use do: one with NULLs, two that are alike wherever that is allowed, with wide values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import quote_name
from pgassay.proofs.rows_kept.snapshot import TableName

# A row is found by its place; of a partitioned table that is one of a partition, and changes with it.
_NEWEST = sql.SQL("SELECT tableoid, ctid FROM {table} ORDER BY ctid DESC LIMIT 3")
_UPDATE = sql.SQL("UPDATE {table} SET {changes} WHERE {row} RETURNING tableoid, ctid")
_ROW = sql.SQL("(tableoid = {} AND ctid = {})")
_NULL = sql.SQL("{column} = NULL")
_COPY = sql.SQL("{column} = (SELECT {column} FROM {table} WHERE {row})")

# By type: a value that a narrower type cannot take, or not whole. Of text there is no end.
_WIDE = (
    (r"character varying\((?P<length>\d{1,3})\)", "rpad({column}, {length}, 'x')"),
    (r"numeric(\(.*\))?|real|double precision", "{column} + 0.25"),
    (r"bigint", "{column} + 3000000000"),
    (r"timestamp(\(\d\))? with(out)? time zone", "{column} + interval '1.234567 s'"),
)

Place = tuple[int, str]
"""The oid of the table that a row is in, and its ctid there."""


def vary(connection: psycopg.Connection[Any], catalog: Catalog, tables: Iterable[TableName]) -> None:
    """Change the three newest rows of each table, where its constraints and triggers let that be.

    One row gets NULL in every column that may be null: an up that sets NOT NULL meets it. Another gets wide values,
    such as fractions: an up to a narrower type meets them. The third gets the second's values in every column that need
    not differ: an up that adds a unique index meets that.

    Args:
        connection: In autocommit, of a role that may write everywhere.
        catalog: That of the database now.
        tables: Those with new rows.
    """
    for table in tables:
        name = sql.Identifier(*table)
        newest = connection.execute(_NEWEST.format(table=name)).fetchall()
        own = [column for column in catalog.parts(Column, table).values() if _is_writable(column)]
        last = _last_of_unique(catalog, table)
        for row in newest[1:2]:
            nulls = [_NULL.format(column=sql.Identifier(c.name)) for c in own if not c.not_null]
            _change(connection, name, row, nulls)
        wide = list(_widened(own, _tied(catalog, table)))
        places = [_change(connection, name, row, wide) for row in newest[:1]]
        for row in newest[2:]:
            first = _ROW.format(*places[0])
            repeated = [sql.Identifier(c.name) for c in own if quote_name(c.name) not in last and not _is_fresh(c)]
            copies = [_COPY.format(column=column, table=name, row=first) for column in repeated]
            _change(connection, name, row, copies)


def _change(
    connection: psycopg.Connection[Any], table: sql.Identifier, row: Place, changes: Sequence[sql.Composed]
) -> Place:
    """Make all changes at once, or where that is refused those that can be made alone; return where the row is now."""
    moved = _moved(connection, table, row, changes) if changes else row
    if moved is not None:
        return moved
    for change in changes if len(changes) > 1 else ():
        row = _moved(connection, table, row, [change]) or row
    return row


def _moved(
    connection: psycopg.Connection[Any], table: sql.Identifier, row: Place, changes: Sequence[sql.Composed]
) -> Place | None:
    """Change a row, and return where it is now; None: a constraint or a trigger was against it."""
    update = _UPDATE.format(table=table, changes=sql.SQL(", ").join(changes), row=_ROW.format(*row))
    with suppress(psycopg.DatabaseError), connection.transaction():
        return connection.execute(update).fetchone()
    return None


def _is_writable(column: Column) -> bool:
    return column.generated is None and column.identity_column is None


def _is_fresh(column: Column) -> bool:
    """Tell whether the default is another one in each row: who leaves it to that has no two that are equal."""
    return column.default is not None and any(word in column.default for word in ("nextval(", "uuid"))


def _widened(columns: Iterable[Column], tied: Collection[str]) -> Iterator[sql.Composed]:
    for column in columns:
        for pattern, value in _WIDE:
            if (fits := re.fullmatch(pattern, column.type)) and quote_name(column.name) not in tied:
                name = sql.Identifier(column.name)
                wide = sql.SQL(value).format(
                    column=name, **{k: sql.Literal(int(n)) for k, n in fits.groupdict().items()}
                )
                yield sql.SQL("{} = {}").format(name, wide)


def _tied(catalog: Catalog, table: TableName) -> set[str]:
    """Return the columns whose values others refer to, or that refer to others."""
    keys = {key.expression for index in catalog.parts(Index, table).values() if index.unique for key in index.columns}
    constraints = catalog.parts(Constraint, table).values()
    return keys | {quote_name(name) for found in constraints if found.references for name in found.columns}


def _last_of_unique(catalog: Catalog, table: TableName) -> set[str]:
    """Return the last key of each unique index: while that one differs, the others may be equal."""
    indexes = catalog.parts(Index, table).values()
    return {index.columns[-1].expression for index in indexes if index.unique or index.exclusion}
