"""Many rows at once, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.rows.draft import Draft
from pgassay.behaviors.rows.errors import refused
from pgassay.behaviors.rows.maker import ATTEMPTS, Maker
from pgassay.behaviors.rows.oracle import identifier
from pgassay.behaviors.rows.shape import Shape


def copy_rows(maker: Maker, shape: Shape, count: int, values: Mapping[str, Any]) -> int:
    """Store many rows with fresh values.

    Args:
        maker: Makes them.
        shape: The table.
        count: How many.
        values: The same in each row.

    Returns:
        How many were stored.

    Raises:
        RowsError: They cannot be made, or the server refuses them.
    """
    tried_out = False
    for attempt in range(ATTEMPTS):
        try:
            with maker.connection.transaction():
                drafts = list(maker.drafts(shape, count, values))  # before the COPY: it has the connection for itself
                return sum(_copy(maker, shape, columns, rows) for columns, rows in _alike(drafts))
        except psycopg.Error as error:
            if not maker.may_repeat(shape, error, attempt):
                if tried_out or not maker.is_opinion(error):
                    raise refused(shape.relation, error) from error
                maker.try_out(maker.wish(shape, values))
                tried_out = True
            shape = maker.shape(shape.table.identity)
    raise AssertionError  # the last attempt may not be repeated


def _alike(drafts: Iterable[Draft]) -> Iterable[tuple[tuple[str, ...], Iterable[Draft]]]:
    return groupby(drafts, key=lambda draft: tuple(draft.values))


def _copy(maker: Maker, shape: Shape, columns: tuple[str, ...], drafts: Iterable[Draft]) -> int:
    with maker.connection.cursor() as cursor:
        if not columns:  # COPY knows no row without a value
            insert = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(identifier(*shape.table.identity))
            cursor.executemany(insert, [() for _ in drafts])
            return cursor.rowcount
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(shape.relation.sql, names)) as copy:
            for draft in drafts:
                copy.write_row(list(draft.values.values()))
        return cursor.rowcount
