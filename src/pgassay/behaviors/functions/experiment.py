"""Put a `[[function]]` entry of behavior.toml to the test, on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg

from pgassay.behaviors.functions.call import prepare
from pgassay.behaviors.functions.claims import claims
from pgassay.behaviors.functions.find import find_function
from pgassay.behaviors.functions.gives import gives, require_call
from pgassay.behaviors.functions.lint import lint
from pgassay.behaviors.given import give
from pgassay.behaviors.scene import PATIENCE, MissingError, say
from pgassay.behaviors.verdicts import is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import FunctionBehavior, Rejects
from pgassay.findings import Finding

Connect = Callable[[], psycopg.Connection[Any]]


def try_function(entry: FunctionBehavior, connect: Connect, catalog: Catalog | None = None) -> tuple[Finding, ...]:
    """Run one entry and say what did not happen as it must.

    Args:
        entry: The entry.
        connect: Opens a session as the owner on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.

    Raises:
        ContractError: `given` fails, or the entry asks what cannot be told; the entry is named.
    """
    with closing(connect()) as connection:
        connection.autocommit = True
        catalog = read_catalog(connection) if catalog is None else catalog
        connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
        try:
            function = find_function(connection, catalog, entry.function)
        except MissingError as missing:
            return (is_missing(entry, missing),)
        give(connection, entry, entry.given, catalog)
        return tuple(_findings(entry, connection, catalog, function))


def _findings(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> Iterator[Finding]:
    if entry.check:
        yield from lint(entry, connection, catalog, function)
    if entry.arguments is None and not entry.call:
        return
    if function.result == "trigger":
        raise entry.untriable("function", f"{function.label} is called by triggers alone", hint="say it by [[trigger]]")
    if entry.strict is not None and function.function_kind == "procedure":
        raise entry.untriable("strict", f"{function.label} gives nothing, nor null", hint="take the key out")
    found = list(gives(entry, connection, catalog, function))
    yield from found
    if entry.call and not found:
        require_call(entry, connection, catalog, function)
    if entry.arguments is not None and not found and not isinstance(entry.expect, Rejects):
        yield from _claims(entry, connection, function, entry.arguments)


def _claims(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], function: Function, arguments: tuple[str, ...]
) -> Iterator[Finding]:
    """Try what the function claims to be; a procedure claims nothing."""
    if function.function_kind != "function":
        return
    try:
        call = prepare(connection, function, arguments)
    except psycopg.Error as error:
        raise entry.untriable("arguments", say(error), hint='say "call" instead') from error
    yield from claims(entry, call)
