"""The ledger: the table that says which migrations a database has had. Nothing here writes (`bookkeeping` does)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import LiteralString

from pgassay.errors import BlindError, MigrationError
from pgassay.migrations.model import Direction
from pgassay.migrations.send import Connection

SCHEMA, TABLE = "pgassay", "ledger"
NAME = f"{SCHEMA}.{TABLE}"


class State(StrEnum):
    """How far the migration of a ledger row has come. All but the first come from `transaction:false` only."""

    FINISHED = "finished"
    STARTED = "started"  # its up runs, or was cut off
    FAILED = "failed"  # a statement of its up failed
    REVERTING = "reverting"  # its down runs, or was cut off
    REVERT_FAILED = "revert failed"  # a statement of its down failed

    @property
    def direction(self) -> Direction:
        """Which way the migration was going."""
        return Direction.DOWN if self in {State.REVERTING, State.REVERT_FAILED} else Direction.UP


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """What the ledger says of one version.

    Attributes:
        version: The migration's number.
        name: Its name when it was applied.
        up_checksum: The checksum of its up.
        down_checksum: The checksum of its down; None: it had none.
        state: How far it has come.
        applied_at: When.
        applied_by: By which role.
        duration: How long the up took.
    """

    version: int
    name: str
    up_checksum: str
    down_checksum: str | None
    state: State
    applied_at: datetime
    applied_by: str
    duration: timedelta


# Column -> type, as format_type() writes it. A table of other columns is not ours.
COLUMNS: Mapping[str, str] = {
    "version": "bigint",
    "name": "text",
    "up_checksum": "text",
    "down_checksum": "text",
    "state": "text",
    "applied_at": "timestamp with time zone",
    "applied_by": "text",
    "duration": "interval",
}

# By catalogs alone, so that a role which may only connect gets an answer, and nothing of a stranger's is run.
_FIND: LiteralString = """
SELECT c.oid,
       c.relkind,
       c.relispartition,
       c.relrowsecurity,
       EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)),
       ARRAY(SELECT a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
              ORDER BY a.attnum),
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.quote_ident(current_user)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'pgassay' AND c.relname = 'ledger'
"""

# Times as seconds: how they would be written is a setting, of the database, the role or PGDATESTYLE.
_READ: LiteralString = """
SELECT version, name, up_checksum, down_checksum, state,
       extract(epoch FROM applied_at)::float8, applied_by, extract(epoch FROM duration)::float8
  FROM pgassay.ledger
 ORDER BY version
"""

_KINDS = {
    "r": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "p": "partitioned table",
    "S": "sequence",
    "i": "index",
    "I": "index",
    "c": "composite type",
}


def read(connection: Connection) -> tuple[LedgerRow, ...] | None:
    """Read the ledger, where it is an ordinary table of ours. Nothing is written, and nothing is made.

    Args:
        connection: Any; on a target inside its read-only transaction.

    Returns:
        The rows by version; None where there is no ledger.

    Raises:
        MigrationError: Something else bears the ledger's name, or holds what pgassay never wrote.
        BlindError: The role may not read it.
    """
    found = connection.execute(_FIND).fetchone()
    if found is None:
        return None
    _refuse_stranger(found)
    if not found[6]:
        role = found[7]  # the server's word for it: behind a pooler it may be another than the client's
        raise BlindError(
            f'the ledger "{NAME}" cannot be read by {role}',
            hint=f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}; GRANT SELECT ON {NAME} TO {role};",
        )
    return tuple(_row(row) for row in connection.execute(_READ).fetchall())


def _refuse_stranger(found: tuple[object, ...]) -> None:
    """A view, a policy or a generated column would run somebody's functions as us; a parent would read other tables."""
    _, kind, partition, row_security, inherits, columns, *_ = found
    ours = [f"{name} {kind}" for name, kind in COLUMNS.items()]
    problem = None
    if str(kind) != "r":
        problem = f"is a {_KINDS.get(str(kind), 'relation of another kind')}, not an ordinary table"
    elif partition or inherits:
        problem = "is a partition" if partition else "takes part in inheritance"
    elif row_security:
        problem = "has row security switched on"
    elif columns != ours:
        listed = ", ".join(str(column) for column in columns) if isinstance(columns, list) else ""
        problem = f"has other columns than ours: {listed or 'none'}"
    if problem:
        raise MigrationError(
            f'"{NAME}" {problem}',
            hint=f"it was not made by pgassay; move it out of the way. The ledger's columns are: {', '.join(ours)}",
        )


def _row(row: tuple[object, ...]) -> LedgerRow:
    version, name, up, down, state, at, by, duration = row
    try:
        known = State(str(state))
    except ValueError:
        raise MigrationError(
            f'"{NAME}" says of version {version} that it is "{state}"',
            hint=f"pgassay writes only: {', '.join(State)}",
        ) from None
    assert isinstance(version, int)
    assert isinstance(at, float)
    assert isinstance(duration, float)
    return LedgerRow(
        version=version,
        name=str(name),
        up_checksum=str(up),
        down_checksum=None if down is None else str(down),
        state=known,
        applied_at=datetime.fromtimestamp(at, UTC),
        applied_by=str(by),
        duration=timedelta(seconds=duration),
    )
