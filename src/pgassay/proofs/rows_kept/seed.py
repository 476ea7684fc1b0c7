"""Rows from the project's own seed: at every step, those of its statements that fit what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.migrations.execute import transaction_control
from pgassay.migrations.split import Statement, split
from pgassay.migrations.text import read_sql
from pgassay.proofs.rows_kept.snapshot import TableName
from pgassay.proofs.rows_kept.stock import Fill

_RESET = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL"
NO_SEED = "there is no assay_seed that could have"
NONE_FITS = "no statement of assay_seed that speaks of it fits what is there"


def seeded(files: Sequence[Path]) -> Fill:
    """Return what fills tables by statements of a seed, which is written for the head.

    Those that speak of a table without rows are run one by one, as the role of the session; what the schema as it is
    refuses is taken back alone.

    Args:
        files: The seed, in order.

    Raises:
        MigrationError: A file cannot be read.
    """
    statements = [found for file in files for found in split(read_sql(file)) if not transaction_control(found.words)]

    def fill(connection: psycopg.Connection[Any], _: Catalog, tables: Sequence[TableName]) -> Mapping[TableName, str]:
        names = [name.lower() for _, name in tables]
        with connection.transaction():
            for statement in statements:
                if _is_setting(statement) or any(name in statement.sql.lower() for name in names):
                    _try(connection, statement)
        connection.execute(_RESET)
        return dict.fromkeys(tables, NONE_FITS if files else NO_SEED)

    return fill


def _is_setting(statement: Statement) -> bool:
    """Tell what others rest on: a dump begins with its search path."""
    return statement.words[:1] in {("set",), ("reset",)} or "set_config" in statement.sql.lower()


def _try(connection: psycopg.Connection[Any], statement: Statement) -> None:
    with suppress(psycopg.DatabaseError), connection.transaction():
        connection.execute(statement.sql.encode(), prepare=False)


def in_turn(first: Fill, second: Fill) -> Fill:
    """Return what fills by one way, and by the other what that could not; both reasons are told."""

    def fill(
        connection: psycopg.Connection[Any], catalog: Catalog, tables: Sequence[TableName]
    ) -> Mapping[TableName, str]:
        failed = first(connection, catalog, tables)
        still = second(connection, catalog, list(failed)) if failed else {}
        return {table: f"{failed[table]}; {why}" for table, why in still.items()}

    return fill
