"""A schema with a function, and an entry that is tried on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.functions import try_function
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding

Call = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def call_on(any_database: Conninfo) -> Call:
    """Make a schema, and try an entry on it."""

    def run(schema: str, *, function: str = "f", **said: Any) -> tuple[Finding, ...]:
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            connection.execute(schema.encode())
        entry = FunctionBehavior(name="it", function=function, **said)
        return try_function(entry, lambda: psycopg.connect(any_database.dsn))

    return run


def facts(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.found) for finding in findings]
