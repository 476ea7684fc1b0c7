"""Find a function that is named as in SQL, with or without its argument types."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

import psycopg

from pgassay.behaviors.scene import MissingError, name_parts, say
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.record import Identity, quote_name

SHOWN = 5  # near signatures
_SAME = "SELECT to_regprocedure(%s) = to_regprocedure(%s)"


def find_function(connection: psycopg.Connection[Any], catalog: Catalog, name: str) -> Function:
    """Find a function; without argument types it must be the only one of its name.

    Raises:
        MissingError: There is none, or there are several; the nearest ones are named.
    """
    functions = cast(Mapping[Identity, Function], catalog.records.get("function", {}))
    if "(" in name:
        found = [function for function in functions.values() if _is(connection, function, name)]
    else:
        parts = name_parts(name)
        found = [function for identity, function in functions.items() if identity[:2][-len(parts) :] == parts]
    if len(found) == 1:
        return found[0]
    if found:
        raise MissingError(f"a function {name}", f"there are several: {', '.join(map(_signature, found))}")
    near = _near(name, list(functions.values()))
    raise MissingError(f"a function {name}", f"there is none; near: {', '.join(near)}" if near else "there is none")


def _near(name: str, functions: list[Function]) -> list[str]:
    """Return the signatures of functions whose name, with or without schema, looks like one."""
    names: dict[str, list[str]] = {}
    for function in functions:
        for alike in (function.name, f"{function.schema}.{function.name}"):
            names.setdefault(alike, []).append(_signature(function))
    near = get_close_matches(name.partition("(")[0], names, n=3)
    return list(dict.fromkeys(signature for alike in near for signature in names[alike]))[:SHOWN]


def _is(connection: psycopg.Connection[Any], function: Function, name: str) -> bool:
    try:
        row = connection.execute(_SAME, [_signature(function), name]).fetchone()
    except psycopg.Error as error:
        raise MissingError(f"a function {name}", say(error)) from error
    return row == (True,)


def _signature(function: Function) -> str:
    return f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
