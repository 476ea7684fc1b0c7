"""The third answer: what comes of acting as the role, on a clone, statement by statement, all of it undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import ON, Shape, Statement, on_relation, shapes
from pgassay.behaviors.access.cells import Attempt, Cell, Tried
from pgassay.behaviors.access.declared import RELATIONS
from pgassay.behaviors.access.parameters import try_alter_system
from pgassay.behaviors.access.routines import routine_statements
from pgassay.behaviors.access.workshop import workshop
from pgassay.behaviors.access.writable import unwritable
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Identity, Record

Place = tuple[str, Identity, str]
"""Kind, identity, action."""

Plan = Sequence[tuple[Place, Statement]]
"""What is tried; an action that is there twice is done where both are."""

ROUTINES = frozenset({"function", "aggregate"})
_NO_TRY = Attempt(Tried.UNTRIED, said="it has no column")  # UPDATE: for all else there is a try


def with_tried(cells: Sequence[Cell], connection: psycopg.Connection[Any], catalog: Catalog) -> Iterator[Cell]:
    """Give each cell what came of trying it.

    Args:
        cells: Of objects and roles that are there. As everybody a role acts that nothing is granted to.
        connection: A superuser's, in autocommit, to a clone that nobody else uses. What is done is undone.
        catalog: The catalog of that database.

    Raises:
        psycopg.errors.InsufficientPrivilege: The connection's role may not act as another.
    """
    plan = statements_for(cells, connection, catalog)
    with workshop(connection, [statement for _, statement in plan]) as attempts_of:
        _without_policies(connection, catalog)
        outcomes = {role: _by_place(plan, attempts_of(role)) for role in dict.fromkeys(cell.role for cell in cells)}
    systems = try_alter_system(cells, connection)
    for cell in cells:
        yield replace(cell, tried=systems.get(cell.key, outcomes[cell.role].get(_place(cell), _NO_TRY)))


def _by_place(plan: Plan, attempts: Iterable[Attempt]) -> dict[Place, Attempt]:
    """Return what came of each action: of one that is tried in several ways what is not done, if anything."""
    found: dict[Place, Attempt] = {}
    for (place, _), attempt in zip(plan, attempts, strict=True):
        if found.setdefault(place, attempt).outcome is Tried.DONE:
            found[place] = attempt
    return found


def _without_policies(connection: psycopg.Connection[Any], catalog: Catalog) -> None:
    """Switch row security off, in the open transaction: what a policy asks for, such as a claim, is no privilege."""
    for identity, record in catalog.records.get("table", {}).items():
        if cast(Table, record).row_security:
            name = sql.Identifier(*identity)
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(name))


def _place(cell: Cell) -> Place:
    return cell.object.KIND, cell.object.identity, cell.action


def statements_for(cells: Iterable[Cell], connection: psycopg.Connection[Any], catalog: Catalog) -> Plan:
    """Return which statements try which action on which object; the same for all roles.

    Args:
        cells: What is asked about; an action that there is no harmless try for is left out.
        connection: In autocommit, to the database that it is the catalog of.
        catalog: That.
    """
    wanted: dict[tuple[str, Identity], set[str]] = {}
    for cell in cells:
        wanted.setdefault((cell.object.KIND, cell.object.identity), set()).add(cell.action)
    views = [identity for kind, identity in wanted if kind == "view"]
    calls, shape_of = routine_statements(connection), shapes(catalog, unwritable(connection, catalog, views))
    return [
        ((kind, identity, action), statement)
        for (kind, identity), actions in wanted.items()
        for action, statement in _tries(catalog.records[kind][identity], actions, calls, shape_of)
        if action in actions
    ]


def _tries(
    record: Record, actions: set[str], calls: Mapping[Identity, Statement], shape_of: Mapping[Identity, Shape]
) -> Iterator[tuple[str, Statement]]:
    if record.KIND in RELATIONS:
        yield from on_relation(record, shape_of[record.identity], actions)
    elif record.KIND in ROUTINES and record.identity in calls:
        yield "EXECUTE", calls[record.identity]
    elif record.KIND in ON:
        yield from ON[record.KIND](record)
