"""What a finished template holds, as numbers: what a database that comes back is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.sandbox.census import Count, Position, read_positions, take_census
from pgassay.sandbox.inventory import Inventory, Kind, read_inventory
from pgassay.sandbox.keeper import is_superuser

_HORIZON: LiteralString = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"

_SEES_LOGINS: LiteralString = "SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtevent = 'login')"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a template holds.

    Attributes:
        inventory: Its relations.
        horizon: The first transaction id that none of its rows has; a row with a later one was a test's.
        counts: The rows of each relation that holds rows, by oid.
        positions: Where each sequence stands, by oid.
        sees_logins: Whether an event trigger sees who logs in (17 and later), so that nobody may do so ahead of a test.
    """

    inventory: Inventory
    horizon: int
    counts: Mapping[int, Count]
    positions: Mapping[int, Position]
    sees_logins: bool

    @property
    def unlogged_digest(self) -> str:
        """A word that tells what the unlogged relations hold: a crash of the server empties them."""
        oids = sorted(relation.oid for relation in self.inventory.unlogged)
        facts = [(oid, self.counts.get(oid), self.positions.get(oid)) for oid in oids]
        return f"unlogged {sha256(repr(facts).encode()).hexdigest()[:16]}"


def settle_sequences(connection: psycopg.Connection[Any]) -> None:
    """Leave each sequence without numbers in reserve, so that the first `nextval` of every clone is in the WAL.

    `nextval` writes a record for 32 numbers ahead (SEQ_LOG_VALS), and none while these last; `setval` empties the
    reserve.
    """
    sequences = read_inventory(connection).of(Kind.SEQUENCE)
    for oid, position in read_positions(connection, sequences).items():
        set_position(connection, oid, position)


def set_position(connection: psycopg.Connection[Any], oid: int, position: Position) -> None:
    """Put a sequence where it shall stand."""
    connection.execute(position_statement(oid, position))


def position_statement(oid: int, position: Position) -> sql.Composed:
    """Return the statement that puts a sequence where it shall stand."""
    return sql.SQL("SELECT setval({}::oid::regclass, {}, {})").format(oid, position.last_value, position.is_called)


def read_baseline(connection: psycopg.Connection[Any]) -> Baseline | None:
    """Read what a database holds that nobody has used yet.

    Returns:
        None where the session's role is no superuser: much of the system catalogs is hidden from it, and much of what
        a test does could not be undone by it.
    """
    if not is_superuser(connection):
        return None
    connection.execute("SET search_path = pg_catalog, pg_temp")
    inventory = read_inventory(connection)
    row = connection.execute(_HORIZON).fetchone()
    assert row is not None
    return Baseline(
        inventory=inventory,
        horizon=row[0],
        counts=take_census(connection, inventory.countable, row[0]),
        positions=read_positions(connection, inventory.of(Kind.SEQUENCE)),
        sees_logins=connection.execute(_SEES_LOGINS).fetchone() == (True,),
    )
