"""Put a `[[trigger]]` entry of behavior.toml to the test, on a scratch database of its own.

`given` is committed, then `change` runs in another transaction, for `now()` stands still within one. Between the two
the same change is tried once with the trigger switched off, and rolled back: that shows which rows the change itself
writes, and whether the entry proves anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import psycopg

from pgassay.behaviors.scene import PATIENCE, MissingError, find_relation, give
from pgassay.behaviors.triggers.counts import counts
from pgassay.behaviors.triggers.fills import fills
from pgassay.behaviors.triggers.keeps import keeps
from pgassay.behaviors.triggers.notifies import notifies
from pgassay.behaviors.triggers.order import order
from pgassay.behaviors.triggers.rejects import rejects
from pgassay.behaviors.triggers.replica import replica
from pgassay.behaviors.triggers.scene import Scene
from pgassay.behaviors.triggers.shapes import append_only, soft_deletes
from pgassay.behaviors.triggers.touches import touches
from pgassay.behaviors.triggers.writes import writes
from pgassay.behaviors.verdicts import is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract import behavior as say
from pgassay.contract.behavior import TriggerBehavior
from pgassay.findings import Finding

Connect = Callable[[], psycopg.Connection[Any]]

_EXPERIMENTS: Mapping[type[object], Callable[[Scene, Any], Iterator[Finding]]] = {
    say.Touches: touches,
    say.Keeps: keeps,
    say.Rejects: rejects,
    say.Writes: writes,
    say.Counts: counts,
    say.Notifies: notifies,
    say.Fills: fills,
    say.AppendOnly: append_only,
    say.SoftDeletes: soft_deletes,
}


def try_trigger(
    behavior: TriggerBehavior, connect: Connect, catalog: Catalog | None = None, *, superuser: Connect | None = None
) -> tuple[Finding, ...]:
    """Run one entry and say what did not happen as it must.

    Args:
        behavior: The entry.
        connect: Opens a session as the owner on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.
        superuser: Opens a superuser's session there; without it `replica` is blind.

    Raises:
        ContractError: `given` fails, or the entry asks what cannot be told; the entry is named.
    """
    try:
        with closing(connect()) as connection:
            connection.autocommit = True
            catalog = read_catalog(connection) if catalog is None else catalog
            table = find_relation(catalog, behavior.table)
            scene = Scene(behavior, connection, catalog, table)
            connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
            if behavior.trigger is not None:
                scene.named_trigger(behavior.trigger)
            give(connection, behavior, behavior.given)
            return tuple(_findings(scene, superuser))
    except MissingError as missing:
        return (is_missing(behavior, missing),)


def _findings(scene: Scene, superuser: Connect | None) -> Iterator[Finding]:
    def experiment(where: Scene) -> Iterator[Finding]:
        return _EXPERIMENTS[type(scene.behavior.expect)](where, scene.behavior.expect)

    yield from order(scene) if scene.behavior.after else ()
    if scene.behavior.replica is not None:
        yield from replica(scene, experiment, superuser)
    yield from experiment(scene)
