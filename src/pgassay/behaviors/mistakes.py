"""Errors that are no refusal: SQL that names what is not there, or cannot be read. Whose mistake is it?"""

from __future__ import annotations

import psycopg

from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.scene import say
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import Entry

# SQL that is wrong, no resources, a limit (of the stack, where a trigger calls itself), a timeout, the system, a bug.
_WRONG = frozenset({"42", "53", "54", "57", "58", "XX"})
# Of the class 42 these two refuse a write: no privilege, a generated column.
_REFUSED = frozenset({"42501", "428C9"})


def is_mistake(error: psycopg.Error) -> bool:
    """Return whether an error says that something is wrong, rather than that somebody refuses it."""
    return (error.sqlstate or "")[:2] in _WRONG and error.sqlstate not in _REFUSED


def refuse_own_mistake(entry: Entry, key: str, error: psycopg.Error, catalog: Catalog) -> None:
    """Raise where an entry's own SQL is wrong, and no function's that it calls: it can never be tried.

    Raises:
        ContractError: It is; the key's line and the nearest names are named.
    """
    # A C function's error has no context either, but no position in the text that was sent.
    in_text = error.diag.statement_position is not None or error.sqlstate == "42P01"
    if is_mistake(error) and in_text and error.diag.context is None:
        hint = hint_for(error, catalog, "correct the entry")
        raise entry.untriable(key, f"fails: {say(error)}", hint=hint) from error
