"""Values of settings, as ALTER ROLE and ALTER DATABASE want them."""

from __future__ import annotations

import re

from pgassay.catalog.sqltext import literal

LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings that are lists of names: one constant for each (GUC_LIST_QUOTE; src/bin/pg_dump/dumputils.c)."""

NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"]*?))\s*(?:,|$)')


def setting_value(name: str, value: str) -> str:
    """Return the value as SET wants it: a constant, or one for each name of a list."""
    if name not in LISTS:
        return literal(value)
    return ", ".join(literal(item) for item in _names(value)) or "''"


def _names(value: str) -> list[str]:
    found = [(quoted.replace('""', '"'), bare) for quoted, bare in NAME.findall(value)]
    return [quoted or bare for quoted, bare in found if quoted or bare]
