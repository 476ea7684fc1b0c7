"""Errors that are no refusal: SQL that names what is not there, or cannot be read. Whose mistake is it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import psycopg

from pgassay.behaviors.scene import RELATIONS, say
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import Entry

# Of the class 42 these two refuse a write: no privilege, a generated column.
_REFUSED = frozenset({"42501", "428C9"})
_KINDS = {"42P01": RELATIONS, "42703": ("column",), "42883": ("function",)}
_QUALIFIED = re.compile(r'(?:relation|column|function) "?(?P<name>(?:[^"(]|"")+?)"?(?:\(| of | does )')


def is_mistake(error: psycopg.Error) -> bool:
    """Return whether an error says that SQL is wrong, rather than that it is refused."""
    return (error.sqlstate or "")[:2] == "42" and error.sqlstate not in _REFUSED


def is_own_mistake(error: psycopg.Error) -> bool:
    """Return whether the wrong SQL is the entry's own, and no function's that it calls."""
    # C functions have no context either, but no position in the text that was sent.
    in_text = error.diag.statement_position is not None or error.sqlstate == "42P01"
    return is_mistake(error) and in_text and error.diag.context is None


def refuse_own_mistake(entry: Entry, key: str, error: psycopg.Error, catalog: Catalog) -> None:
    """Raise where an entry's own SQL is wrong: it can never be tried.

    Raises:
        ContractError: It is; the key's line and the nearest names are named.
    """
    if is_own_mistake(error):
        raise entry.untriable(key, f"fails: {explain(error, catalog)}", hint="correct the entry") from error


def explain(error: psycopg.Error, catalog: Catalog | None) -> str:
    """Say what the server said and, where something is not there, which names are near."""
    found = _QUALIFIED.search(error.diag.message_primary or "")
    kinds = _KINDS.get(error.sqlstate or "", ())
    if catalog is None or found is None or not kinds:
        return say(error)
    near = get_close_matches(found["name"].rpartition(".")[2], sorted(set(_names(catalog, kinds))), n=3)
    return f"{say(error)}; near: {', '.join(near)}" if near else say(error)


def _names(catalog: Catalog, kinds: tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        for identity in catalog.records.get(kind, {}):
            yield identity[1] if kind == "function" else identity[-1]
