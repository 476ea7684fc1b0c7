"""A schema to put to the test, and the catalog of what it really became."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.triggers import try_trigger
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import Expectation, TriggerBehavior
from pgassay.findings import Finding

Try = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def try_on(any_database: Conninfo) -> Try:
    """Make a schema, and try an entry on it: by default one that changes the row 1 of table t."""

    def run(
        schema: str,
        expect: Expectation,
        *,
        table: str = "t",
        key: tuple[str, ...] = (),
        trigger: str | None = "tr",
        given: str = "INSERT INTO t (id) VALUES (1), (2)",
        change: str = "UPDATE t SET x = x + 1 WHERE id = 1",
        after: tuple[str, ...] = (),
        replica: str | None = None,
        superuser: str | None = "SELECT",
    ) -> tuple[Finding, ...]:
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            connection.execute(schema.encode())
        entry = TriggerBehavior(
            name="it",
            table=table,
            key=key,
            trigger=trigger,
            given=given,
            change=change,
            expect=expect,
            after=after,
            replica=replica,
        )
        above = None if superuser is None else lambda: _connect(any_database, superuser)
        return try_trigger(entry, lambda: _connect(any_database), superuser=above)

    return run


def _connect(database: Conninfo, first: str = "SELECT") -> psycopg.Connection[tuple[Any, ...]]:
    connection = psycopg.connect(database.dsn, autocommit=True)
    connection.execute(first.encode())
    return connection
