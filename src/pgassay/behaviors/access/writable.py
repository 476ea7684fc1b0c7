"""Which columns of views can be written at all: many are computed, and the catalog does not say which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from pgassay.behaviors.access.attempts import Shape, Statement, on_relation, shapes
from pgassay.behaviors.access.cells import Tried
from pgassay.behaviors.access.declared import on_column
from pgassay.behaviors.access.workshop import workshop
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Identity, RoleName

_WRITING = ("INSERT", "UPDATE")


def unwritable(
    connection: psycopg.Connection[Any], catalog: Catalog, views: Sequence[Identity]
) -> Mapping[Identity, frozenset[str]]:
    """Return what not even a superuser can do with the columns of views, as `INSERT (email)`.

    Args:
        connection: A superuser's, in autocommit; what is done is undone.
        catalog: The catalog of that database.
        views: Those that are asked about.
    """
    plan = _plan(catalog, views)
    if not plan:
        return {}
    with workshop(connection, [statement for _, _, statement in plan]) as attempts_of:
        attempts = attempts_of(RoleName(connection.info.user))
    found: dict[Identity, set[str]] = {}
    for (view, action, _), attempt in zip(plan, attempts, strict=True):
        if attempt.outcome is not Tried.DONE:
            found.setdefault(view, set()).add(action)
    return {view: frozenset(actions) for view, actions in found.items()}


def _plan(catalog: Catalog, views: Sequence[Identity]) -> list[tuple[Identity, str, Statement]]:
    shape_of = shapes(catalog) if views else {}
    return [
        (view, action, statement)
        for view in views
        for action, statement in on_relation(catalog.records["view"][view], shape_of[view], _each(shape_of[view]))
        if "(" in action
    ]


def _each(shape: Shape) -> set[str]:
    return {on_column(action, column.name) for column in shape.columns for action in _WRITING}
