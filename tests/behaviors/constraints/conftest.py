"""A schema whose constraints are shown at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.constraints import try_constraints
from pgassay.behaviors.constraints.at_work import AtWork
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo

Try = Callable[..., AtWork]


@pytest.fixture
def tried(any_database: Conninfo) -> Try:
    """Make a schema, and show its constraints at work in a session of its own."""

    def run(schema: str, **options: Any) -> AtWork:
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            connection.execute(schema.encode())
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            return try_constraints(connection, read_catalog(connection), **options)

    return run


@pytest.fixture
def any_major(any_database: Conninfo) -> int:
    with psycopg.connect(any_database.dsn) as connection:
        return connection.info.server_version // 10_000
