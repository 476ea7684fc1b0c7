"""ALTER SYSTEM, which goes into no transaction: tried with a value that every parameter refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.access.cells import Attempt, Cell, Key, Tried
from pgassay.behaviors.access.workshop import failed
from pgassay.catalog.record import PUBLIC, RoleName

_ACTION = "ALTER SYSTEM"
_REFUSED = "22023"  # the value is looked at after the privilege, and one with a line break is always refused
_OUTSIDE = Attempt(Tried.UNTRIED, said="it goes into no transaction, and outside of one nobody is everybody")


def try_alter_system(cells: Iterable[Cell], connection: psycopg.Connection[Any]) -> Mapping[Key, Attempt]:
    """Return what comes of ALTER SYSTEM, for each cell that is about it.

    Args:
        cells: Of any action.
        connection: A superuser's, in autocommit and outside of a transaction.
    """
    by_role: dict[RoleName, list[Cell]] = {}
    for cell in cells:
        if cell.action == _ACTION:
            by_role.setdefault(cell.role, []).append(cell)
    return {key: attempt for role, mine in by_role.items() for key, attempt in _tried(role, mine, connection)}


def _tried(role: RoleName, cells: Sequence[Cell], connection: psycopg.Connection[Any]) -> Iterator[tuple[Key, Attempt]]:
    if role == PUBLIC:
        yield from ((cell.key, _OUTSIDE) for cell in cells)
        return
    with _acting(connection, role):
        yield from ((cell.key, _try(connection, cell.object.identity[0])) for cell in cells)


@contextmanager
def _acting(connection: psycopg.Connection[Any], role: RoleName) -> Iterator[None]:
    connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(role)))
    try:
        yield
    finally:
        connection.execute("RESET SESSION AUTHORIZATION")


def _try(connection: psycopg.Connection[Any], parameter: str) -> Attempt:
    # Each part of a name stands in quotes of its own.
    name = sql.Identifier(*parameter.split("."))
    try:
        connection.execute(sql.SQL("ALTER SYSTEM SET {} TO E'\\n'").format(name))
    except psycopg.Error as error:
        if error.sqlstate != _REFUSED:
            return failed(error.sqlstate or "", error.diag.message_primary or str(error))
    return Attempt(Tried.DONE)
