"""Where a database stands by another tool's own table: each migration, and what contradicts what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing

import psycopg

from pgassay.errors import BlindError
from pgassay.migrations.model import Migration
from pgassay.migrations.plan import Problem
from pgassay.migrations.session import Connector
from pgassay.migrations.sources.format import Applied, Format, OutOfOrder
from pgassay.migrations.status import APPLIED, PENDING, Entry, Status
from pgassay.target import reading

MISSING = "applied, without a file"


def read_tool_status(connector: Connector, found: Format, migrations: Sequence[Migration]) -> Status:
    """Tell where a database stands by the tool's own table. Nothing is written; without a table all are pending.

    Args:
        connector: Opens a session.
        found: The format.
        migrations: The files, in order.

    Raises:
        BlindError: The table may not be read.
    """
    with closing(connector.as_owner()) as connection:
        try:
            with reading(connection):
                return tool_status(found, migrations, found.read(connection) or ())
        except psycopg.errors.InsufficientPrivilege as error:
            raise not_readable(error) from None


def not_readable(error: psycopg.Error) -> BlindError:
    """Make the error that a tool's own table may not be read."""
    hint = "GRANT SELECT on it, and USAGE on its schema, to the role of the URL"
    return BlindError(error.diag.message_primary or str(error), hint=hint, sqlstate=error.sqlstate)


def tool_status(found: Format, migrations: Sequence[Migration], rows: Sequence[Applied]) -> Status:
    """Compare the files with the rows of the tool's own table.

    Args:
        found: The format.
        migrations: The files, in order.
        rows: What `Format.read` gave.
    """
    projects = {migration.project for migration in migrations}
    rows = [row for row in rows if row.project in projects]
    by_key = _spread(found, migrations, rows)
    under = _under(migrations, {m.key for m in migrations if m.key in by_key and not m.repeatable})
    known = {key for migration in migrations for key in (migration.key, *migration.replaces)}
    strangers = [row for row in rows if row.key not in known and not row.baseline]
    entries = [_entry(migration, by_key.get(migration.key)) for migration in migrations]
    entries += [Entry(version=0, name=row.name or row.key, state=MISSING, applied_at=row.at) for row in strangers]
    problems = [
        *(problem for m in migrations if m.key in by_key for problem in _of_row(found, m, by_key[m.key])),
        *(_missing(found, row) for row in strangers),
        *(_slipped_in(found, m) for m in migrations if m.key in under and m.key not in by_key and not m.repeatable),
    ]
    return Status(entries=tuple(entries), problems=tuple(problems), notes=())


def _spread(found: Format, migrations: Sequence[Migration], rows: Sequence[Applied]) -> Mapping[str, Applied]:
    """Return what is applied by key: all that one rests on which stands for them, and nothing that is to run again."""
    by_key = {row.key: row for row in rows}
    for key in _under(migrations, {m.key for m in migrations if _stands_for_all(found, by_key.get(m.key))}):
        by_key.setdefault(key, Applied(key=key))
    for migration in migrations:
        if migration.replaces and by_key.keys() >= set(migration.replaces):
            by_key.setdefault(migration.key, by_key[migration.replaces[-1]])
    again = {m.key for m in migrations if m.repeatable and _differs(m, by_key.get(m.key))}
    return {key: row for key, row in by_key.items() if key not in again}


def _stands_for_all(found: Format, row: Applied | None) -> bool:
    return row is not None and (found.newest_only or row.baseline)


def _differs(migration: Migration, row: Applied | None) -> bool:
    if row is None or None in {row.checksum, migration.checksum}:
        return False
    return row.checksum not in {migration.checksum, *migration.other_checksums}


def _under(migrations: Sequence[Migration], applied: Collection[str]) -> set[str]:
    """Return the keys of all that the applied ones rest on, applied or not."""
    found: set[str] = set()
    for place, migration in reversed(tuple(enumerate(migrations))):
        if migration.key in applied or migration.key in found:
            before = (migrations[place - 1].key,) if place else ()
            found.update(before if migration.parents is None else migration.parents)
    return found


def _entry(migration: Migration, row: Applied | None) -> Entry:
    state = PENDING if row is None else row.problem or APPLIED
    return Entry(
        version=migration.version, name=migration.label, state=state, applied_at=None if row is None else row.at
    )


def _of_row(found: Format, migration: Migration, row: Applied) -> Iterator[Problem]:
    if row.problem is not None:
        yield Problem(
            kind="unfinished",
            version=migration.version,
            text=f'{found.tool} says of "{migration.label}": {row.problem}',
            hint=f"look at what it has done, put the database right, and tell {found.tool} so",
            name=migration.label,
        )
    if _differs(migration, row):
        yield Problem(
            kind="edited",
            version=migration.version,
            text=f'"{migration.path}" was edited after it was applied: {found.tool} has another checksum of it',
            hint="put it back as it was, and write a new migration",
            name=migration.label,
        )


def _missing(found: Format, row: Applied) -> Problem:
    name = f' "{row.name}"' if row.name else ""
    return Problem(
        kind="deleted",
        version=0,
        text=f"{found.tool} has applied {row.key}{name}, and there is no file of it",
        hint="put the file back; another branch may have it",
        name=row.name or row.key,
    )


def _slipped_in(found: Format, migration: Migration) -> Problem:
    hints = {
        OutOfOrder.APPLIED: "try it on a copy first: it was written for what was there before",
        OutOfOrder.REFUSED: "give it a place behind the head",
        OutOfOrder.IGNORED: "give it a place behind the head: it is silently passed over",
    }
    does = OutOfOrder.APPLIED if found.may_slip_in(migration) else found.out_of_order
    return Problem(
        kind="out of order",
        version=migration.version,
        text=f'"{migration.path}" is not applied, and lies before what is; {found.tool} {does}',
        hint=hints[does],
        name=migration.label,
    )
