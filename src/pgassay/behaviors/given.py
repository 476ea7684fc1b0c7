"""What an entry is given before it is tried."""

from __future__ import annotations

from typing import Any

import psycopg

from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.scene import say
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import Entry


def give(connection: psycopg.Connection[Any], behavior: Entry, given: str, catalog: Catalog) -> None:
    """Commit what an entry is given.

    Raises:
        ContractError: It fails; the nearest name is said where one is not there.
    """
    try:
        connection.execute(given.encode())
    except psycopg.Error as error:
        hint = hint_for(error, catalog, "correct the entry")
        raise behavior.untriable("given", f"fails: {say(error)}", hint=hint) from error
