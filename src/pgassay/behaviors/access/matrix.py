"""The matrix of role, object and action, with its three answers side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from pgassay.behaviors.access.cells import Cell, Key, Tried
from pgassay.behaviors.access.computed import with_computed
from pgassay.behaviors.access.declared import declared_cells
from pgassay.behaviors.access.tried import with_tried
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import declared_roles
from pgassay.catalog.record import PUBLIC, Record, RoleName


@dataclass(frozen=True)
class Matrix:
    """Who can do what.

    Attributes:
        cells: By role, then object, then action.
        tried: Whether it was tried, or only declared and computed.
    """

    cells: Sequence[Cell]
    tried: bool = False

    @cached_property
    def by_key(self) -> Mapping[Key, Cell]:
        """Role, label of the object, action -> its cell."""
        return {cell.key: cell for cell in self.cells}

    @cached_property
    def roles(self) -> Sequence[RoleName]:
        """The roles, in order."""
        return list(dict.fromkeys(cell.role for cell in self.cells))

    @cached_property
    def rows(self) -> Mapping[str, Mapping[RoleName, Sequence[Cell]]]:
        """Label of each object -> role -> its cells."""
        found: dict[str, dict[RoleName, list[Cell]]] = {}
        for cell in self.cells:
            found.setdefault(cell.object.label, {}).setdefault(cell.role, []).append(cell)
        return found

    @cached_property
    def untried(self) -> Mapping[str, str]:
        """What there is no harmless try for, as `UPDATE on table public.t` -> the reason."""
        return {
            f"{cell.action} on {cell.object.label}": cell.tried.said
            for cell in self.cells
            if cell.tried and cell.tried.outcome is Tried.UNTRIED
        }


def read_matrix(
    connection: psycopg.Connection[Any],
    catalog: Catalog,
    *,
    roles: Sequence[RoleName] | None = None,
    on: Iterable[tuple[Record, Iterable[str]]] | None = None,
) -> Matrix:
    """Return what is declared and what the server computes; nothing is written.

    Args:
        connection: In autocommit, to the database, which may be the target.
        catalog: Its catalog.
        roles: The roles; default: all that somebody made, and everybody.
        on: Objects, each with the actions; default: all that there are privileges on.
    """
    chosen = [*declared_roles(catalog), PUBLIC] if roles is None else roles
    return Matrix(tuple(with_computed(list(declared_cells(catalog, chosen, on)), connection)))


def try_matrix(
    connection: psycopg.Connection[Any],
    catalog: Catalog,
    *,
    roles: Sequence[RoleName] | None = None,
    on: Iterable[tuple[Record, Iterable[str]]] | None = None,
) -> Matrix:
    """Return what is declared, what the server computes, and what came of acting as each role; all of it is undone.

    Args:
        connection: A superuser's, in autocommit, to a clone that nobody else uses.
        catalog: Its catalog.
        roles: As of `read_matrix`.
        on: As of `read_matrix`.

    Raises:
        psycopg.errors.InsufficientPrivilege: The connection's role may not act as another.
    """
    read = read_matrix(connection, catalog, roles=roles, on=on)
    return Matrix(tuple(with_tried(read.cells, connection, catalog)), tried=True)


def schema_of(record: Record) -> str | None:
    """Return the schema that an object lives in, or None."""
    return getattr(record, "schema", None)
