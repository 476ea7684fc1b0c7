"""Plan which steps to make: from the migrations, the ledger's rows and a request, without a connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.ledger import NAME, LedgerRow, State
from pgassay.migrations.model import Direction, Migration, Step
from pgassay.migrations.split import is_blank

_MOST_NAMED = 10  # problems in one message; `verify` has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong between the files and the ledger.

    Attributes:
        kind: `edited`, `deleted`, `out of order` or `unfinished`.
        version: The migration's number.
        text: One sentence.
        hint: What to do about it.
        name: What another tool's users call it; empty: by its number.
    """

    kind: str
    version: int
    text: str
    hint: str
    name: str = ""


def find_problems(migrations: Sequence[Migration], rows: Sequence[LedgerRow]) -> tuple[Problem, ...]:
    """Return everything in which files and ledger contradict each other, by version."""
    files = {migration.version: migration for migration in migrations}
    applied = {row.version for row in rows}
    head = max(applied, default=0)
    found = [problem for row in rows for problem in _problems_of_row(row, files.get(row.version))]
    found += [_out_of_order(migration, head) for migration in migrations if _slipped_in(migration, applied, head)]
    return tuple(sorted(found, key=lambda problem: problem.version))


def find_notes(migrations: Sequence[Migration], rows: Sequence[LedgerRow]) -> tuple[str, ...]:
    """Return what has changed and may: a down, for a bad one must be mendable; a name."""
    files = {migration.version: migration for migration in migrations}
    notes = []
    for row in rows:
        migration = files.get(row.version)
        if migration is None:
            continue
        if _down_checksum(migration) != row.down_checksum:
            notes.append(f'the down of "{migration.label}" has changed since it was applied')
        if migration.name != row.name:
            notes.append(f'"{migration.label}" was called "{row.name}" when it was applied')
    return tuple(notes)


def plan_up(
    migrations: Sequence[Migration], rows: Sequence[LedgerRow], *, count: int | None = None, to: int | None = None
) -> tuple[Step, ...]:
    """Return the pending ups in order.

    Args:
        migrations: The files, in order.
        rows: The ledger.
        count: At most so many; default: all.
        to: Only those up to this version, itself included.

    Raises:
        MigrationError: Files and ledger contradict each other, or an up has nothing to run.
        UsageError: There is no such version, or the count is less than 1.
    """
    _check_request(migrations, count=count, to=to)
    _refuse(find_problems(migrations, rows))
    applied = {row.version for row in rows}
    pending = [m for m in migrations if m.version not in applied and (to is None or m.version <= to)]
    chosen = pending[:count]
    _refuse_blank(chosen)
    return tuple(Step(migration=migration, direction=Direction.UP) for migration in chosen)


def plan_down(
    migrations: Sequence[Migration], rows: Sequence[LedgerRow], *, count: int | None = 1, to: int | None = None
) -> tuple[Step, ...]:
    """Return the downs of the last applied migrations, newest first.

    An up that was edited is no obstacle, nor a file that was slipped in: going down is how both are mended.

    Args:
        migrations: The files, in order.
        rows: The ledger.
        count: So many; None: all.
        to: Go down to this version, which stays applied; 0: to the empty ledger. Wins over `count`.

    Raises:
        MigrationError: A file is missing, a migration was left half way, or one cannot be undone.
        UsageError: There is no such version, or the count is less than 1.
    """
    if to is None:
        _check_request(migrations, count=count, to=None)
        chosen = sorted(rows, key=lambda row: -row.version)[:count]
    else:
        if to != 0 and to not in {row.version for row in rows}:
            raise UsageError(f"version {to} is not applied", hint="`pgassay migrate status` lists those that are")
        chosen = sorted((row for row in rows if row.version > to), key=lambda row: -row.version)
    versions = {row.version for row in chosen}
    _refuse(
        problem
        for problem in find_problems(migrations, rows)
        if problem.kind == "unfinished" or (problem.kind == "deleted" and problem.version in versions)
    )
    files = {migration.version: migration for migration in migrations}
    steps = [Step(migration=files[row.version], direction=Direction.DOWN) for row in chosen]
    for step in steps:
        _refuse_one_way(step.migration)
    return tuple(steps)


def _problems_of_row(row: LedgerRow, migration: Migration | None) -> Iterable[Problem]:
    if row.state is not State.FINISHED:
        yield _unfinished(row)
    if migration is None:
        yield Problem(
            kind="deleted",
            version=row.version,
            text=f'version {row.version} "{row.name}" is applied, and its file is missing',
            hint="put the file back; another branch may have it",
        )
    elif migration.up.checksum != row.up_checksum:
        yield Problem(
            kind="edited",
            version=row.version,
            text=f'the up of "{migration.path}" was edited after it was applied on {row.applied_at:%Y-%m-%d %H:%M}',
            hint="put it back as it was, and write a new migration; "
            "or go down beyond it with `pgassay migrate down` and up again",
        )


def _unfinished(row: LedgerRow) -> Problem:
    how = "failed" if row.state in {State.FAILED, State.REVERT_FAILED} else "was cut off, or is still running"
    went = row.state.direction
    return Problem(
        kind="unfinished",
        version=row.version,
        text=f'the {went} of version {row.version} "{row.name}", which runs without a transaction, {how}',
        hint=way_on(row.version),
    )


def way_on(version: int) -> str:
    """Return what to do about a migration that was left half way: only a person can tell what it has done."""
    undone = f"DELETE FROM {NAME} WHERE version = {version}"  # noqa: S608 - for a person to run; both are ours
    done = f"UPDATE {NAME} SET state = 'finished' WHERE version = {version}"  # noqa: S608 - as above
    return (
        "look at what it has done, and put the database right by hand; "
        f"then, where the migration is undone: {undone}; where it is complete: {done}"
    )


def _slipped_in(migration: Migration, applied: set[int], head: int) -> bool:
    return migration.version not in applied and migration.version < head


def _out_of_order(migration: Migration, head: int) -> Problem:
    return Problem(
        kind="out of order",
        version=migration.version,
        text=f'"{migration.path}" is not applied, and lies before version {head}, which is',
        hint="give it a number behind the head; or go down beyond it with `pgassay migrate down` and up again",
    )


def _down_checksum(migration: Migration) -> str | None:
    return migration.down.checksum if migration.down else None


def _refuse(problems: Iterable[Problem]) -> None:
    """Name every problem in one error; the hint is the first one's."""
    found = tuple(problems)
    if not found:
        return
    texts = [problem.text for problem in found[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        texts.append(f"and {len(found) - _MOST_NAMED} more")
    raise MigrationError("\n".join(texts), hint=found[0].hint)


def _check_request(migrations: Sequence[Migration], *, count: int | None, to: int | None) -> None:
    if count is not None and count < 1:
        raise UsageError(f"the number of migrations must be 1 or more, not {count}")
    if to is not None and to not in {migration.version for migration in migrations}:
        versions = ", ".join(str(migration.version) for migration in migrations[-_MOST_NAMED:])
        raise UsageError(f"there is no migration of version {to}", hint=f"the last ones are: {versions or 'none'}")


def _refuse_blank(migrations: Iterable[Migration]) -> None:
    """A file that `create` made and nobody filled must not be written down as applied."""
    for migration in migrations:
        if is_blank(migration.up.sql):
            raise MigrationError(
                f'the up of "{migration.path}" holds no statement', hint="write it, or take the file out of the folder"
            )


def _refuse_one_way(migration: Migration) -> None:
    if migration.irreversible is not None:
        raise MigrationError(f'"{migration.path}" is declared irreversible: {migration.irreversible}')
    if migration.down is None:
        raise MigrationError(
            f'"{migration.path}" has no down', hint="write one, or declare -- migrate:down irreversible: the reason"
        )
