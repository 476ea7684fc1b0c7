"""Try an entry of behavior.toml, of whatever kind: each has its own experiment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

from pgassay.behaviors.constraints import try_constraint
from pgassay.behaviors.functions import try_function
from pgassay.behaviors.triggers import try_trigger
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import ConstraintBehavior, FunctionBehavior, TriggerBehavior
from pgassay.findings import Finding

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase

Connect = Callable[[], psycopg.Connection[Any]]
AnyEntry = TriggerBehavior | ConstraintBehavior | FunctionBehavior


def try_entry(
    entry: AnyEntry, connect: Connect, catalog: Catalog | None = None, *, superuser: Connect | None = None
) -> tuple[Finding, ...]:
    """Run one entry and say what did not happen as it must.

    Args:
        entry: The entry.
        connect: Opens a session as the owner on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.
        superuser: Opens a superuser's session there; without it, what needs one is blind.

    Raises:
        ContractError: The entry can never be tried.
    """
    match entry:
        case TriggerBehavior():
            return try_trigger(entry, connect, catalog, superuser=superuser)
        case ConstraintBehavior():
            return try_constraint(entry, connect, catalog)
        case FunctionBehavior():
            return try_function(entry, connect, catalog)


def try_on(entry: AnyEntry, database: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
    """Run one entry on a scratch database, whose server lets a superuser in."""
    return try_entry(entry, database.connect, catalog, superuser=lambda: database.server.connect(database.name))
