"""The name that was meant, where SQL of the contract speaks of what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import psycopg
from psycopg import errors

from pgassay.behaviors.scene import MissingError, find_relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import quote_name

_KINDS = ("function", "aggregate")
_FUNCTION = re.compile(r"(?:function|procedure) (?:.*\.)?(.+?)\(")
_QUOTED = re.compile(r'"(.*?)"(?= |$)')
_LAST = re.compile(r"column \S*?([^.\s]+) does not exist")


def hint_for(error: psycopg.Error, catalog: Catalog, otherwise: str) -> str:
    """Return what helps against an error: the nearest name, else what PostgreSQL says.

    Args:
        error: What the server said.
        catalog: The database's catalog.
        otherwise: What is said where neither is known.
    """
    near = list(_near(error, error.diag.message_primary or "", catalog))
    return f"near: {', '.join(near)}" if near else (error.diag.message_hint or otherwise).rstrip(".")


def _near(error: psycopg.Error, message: str, catalog: Catalog) -> Iterator[str]:
    match error:
        case errors.UndefinedTable():
            yield from _tables(catalog, "".join(_QUOTED.findall(message)[:1]))
        case errors.UndefinedColumn() if not error.diag.message_hint:
            known = {identity[2] for identity in catalog.records.get("column", {})}
            found = _QUOTED.search(message) or _LAST.search(message)
            yield from map(quote_name, get_close_matches(found[1] if found else "", known, n=3))
        case errors.UndefinedFunction():
            known = {identity[1] for kind in _KINDS for identity in catalog.records.get(kind, {})}
            found = _FUNCTION.match(message)
            yield from map(quote_name, get_close_matches(found[1] if found else "", known, n=3))


def _tables(catalog: Catalog, name: str) -> Iterator[str]:
    try:
        find_relation(catalog, name)
    except MissingError as missing:
        _, _, near = missing.found.partition("near: ")
        yield from [near] if near else []
