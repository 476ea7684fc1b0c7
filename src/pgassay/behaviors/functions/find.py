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
        try:
            found = [function for function in functions.values() if _is(connection, function, name)]
        except psycopg.Error as error:  # a type that is not there
            why = f"{say(error)}; {_why_none(name, catalog, list(functions.values()))}"
            raise MissingError(f"a function {name}", why) from error
    else:
        parts = name_parts(name)
        found = [function for identity, function in functions.items() if identity[:2][-len(parts) :] == parts]
    if len(found) == 1:
        return found[0]
    if found:
        raise MissingError(f"a function {name}", f"there are several: {', '.join(map(_signature, found))}")
    raise MissingError(f"a function {name}", _why_none(name, catalog, list(functions.values())))


def _why_none(name: str, catalog: Catalog, functions: list[Function]) -> str:
    parts = name_parts(name.partition("(")[0])
    if any(identity[:2][-len(parts) :] == parts for identity in catalog.records.get("aggregate", {})):
        return "it is an aggregate: entries are about functions and procedures, of which one that calls it can be tried"
    near = _near(name, functions)
    return f"there is none; near: {', '.join(near)}" if near else "there is none"


def _near(name: str, functions: list[Function]) -> list[str]:
    """Return the signatures of functions whose name, with or without schema, looks like one."""
    names: dict[str, list[str]] = {}
    for function in functions:
        for alike in (function.name, f"{function.schema}.{function.name}"):
            names.setdefault(alike, []).append(_signature(function))
    near = get_close_matches(name.partition("(")[0], names, n=3)
    return list(dict.fromkeys(signature for alike in near for signature in names[alike]))[:SHOWN]


def _is(connection: psycopg.Connection[Any], function: Function, name: str) -> bool:
    return connection.execute(_SAME, [_signature(function), name]).fetchone() == (True,)


def _signature(function: Function) -> str:
    return f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
