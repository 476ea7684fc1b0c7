"""A schema, and a factory of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.rows import RowFactory
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo

Make = Callable[..., RowFactory]


@pytest.fixture
def connection(database: Conninfo) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def make(connection: psycopg.Connection[Any]) -> Make:
    """Make a schema, and return the factory of its rows."""

    def run(schema: str, **options: Any) -> RowFactory:
        connection.execute(schema.encode())
        return RowFactory(connection, read_catalog(connection), **options)

    return run
