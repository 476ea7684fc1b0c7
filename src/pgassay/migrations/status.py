"""Where a database stands: each migration, applied or pending, and what contradicts what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pgassay.migrations.ledger import LedgerRow, State
from pgassay.migrations.model import Migration
from pgassay.migrations.plan import Problem, find_notes, find_problems

APPLIED, PENDING = "applied", "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One migration, from its file, the ledger or both.

    Attributes:
        version: Its number.
        name: Its name.
        state: `applied`, `pending`, or the ledger's word for one that was left half way.
        applied_at: When it was applied; None: it was not.
        applied_by: By which role.
        seconds: How long its up took.
    """

    version: int
    name: str
    state: str
    applied_at: datetime | None = None
    applied_by: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a database stands.

    Attributes:
        entries: Every migration that has a file or a ledger row, by version.
        problems: What contradicts what.
        notes: What has changed and may.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def pending(self) -> tuple[Entry, ...]:
        """Those that are not applied."""
        return tuple(entry for entry in self.entries if entry.state == PENDING)


def read_status(migrations: Sequence[Migration], rows: Sequence[LedgerRow]) -> Status:
    """Compare the files with the ledger's rows."""
    entries = {migration.version: _pending(migration) for migration in migrations}
    entries |= {row.version: _applied(row) for row in rows}
    return Status(
        entries=tuple(entry for _, entry in sorted(entries.items())),
        problems=find_problems(migrations, rows),
        notes=find_notes(migrations, rows),
    )


def _pending(migration: Migration) -> Entry:
    return Entry(version=migration.version, name=migration.name, state=PENDING)


def _applied(row: LedgerRow) -> Entry:
    return Entry(
        version=row.version,
        name=row.name,
        state=APPLIED if row.state is State.FINISHED else row.state.value,
        applied_at=row.applied_at,
        applied_by=row.applied_by,
        seconds=row.duration.total_seconds(),
    )
