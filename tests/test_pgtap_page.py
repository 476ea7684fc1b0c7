"""What docs/pgtap.md says is so: each of its lines holds on its schema, and not on an empty catalog."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pgassay.catalog import Catalog, UnknownNameError, read_catalog
from pgassay.runtime import Database, UniqueViolationError
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server

PAGE = (Path(__file__).parents[1] / "docs/pgtap.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\|.*\| `([^`\n]*)` \|$", PAGE, re.MULTILINE)
OF_CATALOGS = [line for line in LINES if "db." not in line]
# They say what is not there, or compare an empty catalog with itself.
HOLD_OF_NOTHING = {
    'assert ("audit", "users") not in catalog.tables',
    "assert catalog.major >= 14",
    "assert catalog == assay_expected",
}
NAMES: dict[str, Any] = {
    "Counter": Counter,
    "UniqueViolationError": UniqueViolationError,
    "pytest": pytest,
    "time": time,
}


@pytest.fixture(scope="module")
def names(any_private_server: Server) -> Iterator[dict[str, Any]]:
    """What the lines may name: the page's schema as a catalog, and the database itself."""
    name = scratch_name("pgtap")
    create_database(any_private_server, name)
    (schema,) = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    with any_private_server.connect(name) as connection, Database(any_private_server.at(name).url) as db:
        connection.execute(schema.encode())
        catalog = read_catalog(connection)
        yield {**NAMES, "catalog": catalog, "assay_expected": read_catalog(connection), "db": db}


def execute(line: str, names: dict[str, Any]) -> None:
    exec(compile(line, "docs/pgtap.md", "exec"), dict(names))


def test_the_lines_are_found() -> None:
    assert len(LINES) > 90


@pytest.mark.parametrize("line", LINES)
def test_a_line_holds(names: dict[str, Any], line: str) -> None:
    execute(line, names)


@pytest.mark.parametrize("line", OF_CATALOGS)
def test_a_line_can_fail(line: str) -> None:
    nothing = {**NAMES, "catalog": Catalog.of(18, []), "assay_expected": Catalog.of(18, [])}
    if line in HOLD_OF_NOTHING:
        execute(line, nothing)
    else:
        with pytest.raises((AssertionError, UnknownNameError, KeyError, ValueError)):
            execute(line, nothing)
