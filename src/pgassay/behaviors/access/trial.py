"""Try one `[[access]]` entry, whatever it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg

from pgassay.behaviors.access.entries import check_entries
from pgassay.behaviors.access.rows import try_rows
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import AccessBehavior, Rows
from pgassay.findings import Finding


def try_access(
    entry: AccessBehavior, connect: Callable[[], psycopg.Connection[Any]], catalog: Catalog | None = None
) -> tuple[Finding, ...]:
    """Run one entry and say what roles can do beyond what it says, and what they cannot.

    Args:
        entry: The entry.
        connect: Opens a superuser's session on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.

    Raises:
        ContractError: The entry can never be tried.
    """
    with closing(connect()) as connection:
        connection.autocommit = True
        catalog = read_catalog(connection) if catalog is None else catalog
        if not isinstance(entry.expect, Rows):
            return tuple(check_entries([entry], connection, catalog, acting=True))
    return try_rows(entry, connect, catalog)
