"""What a migration must survive: being cut off half way, running beside others' settings, building an index in vain.

One walk upwards serves all steps. A step that runs in a transaction leaves nothing when it fails, so there it is only
asked whether it ends that transaction itself; one that runs in none is cut off behind each of its queries, in copies of
the database, and must then lead where it leads at once. Where a tool has scripts that verify a step, they are run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, LiteralString, Protocol

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.errors import ContractError, MigrationError, PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.execute import transaction_control
from pgassay.migrations.model import Migration, Piece, Script
from pgassay.migrations.split import split
from pgassay.proofs.round_trip import Compare, Road
from pgassay.proofs.wording import label, unprepared, unreachable

Settings = dict[str, str]

_SETTINGS: LiteralString = "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> ALL (%s)"
_OURS = ["client_encoding", "application_name", "session_authorization", "role", "transaction_isolation"]
_SHARED: LiteralString = """
SELECT (SELECT md5(string_agg(r::text, ' ' ORDER BY r.rolname)) FROM pg_roles AS r),
       (SELECT md5(string_agg(m::text, ' ' ORDER BY m.roleid, m.member)) FROM pg_auth_members AS m),
       (SELECT count(*) FROM pg_tablespace)
"""
_INVALID: LiteralString = """
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid AND c.relkind = 'i'
"""


class Track(Road, Protocol):
    """A database whose sessions can be looked into, and that can be cut off."""

    def copy(self) -> Track:
        """Make another database like this one."""

    def part(self, migration: Migration, pieces: Sequence[Piece]) -> None:
        """Run some queries of a step's up, which then is not applied."""

    def verify(self, migration: Migration) -> None:
        """Run what shows that a step's up did its work."""

    def session(self) -> psycopg.Connection[Any]:
        """Return the session in which the last up ran, as it left it."""


def survive(migrations: Sequence[Migration], *, build: Callable[[], Track], compare: Compare) -> dict[int, Report]:
    """Try all migrations once.

    Args:
        migrations: In order.
        build: Makes a fresh database.
        compare: What differs between two databases.

    Returns:
        A report for each, by version.
    """
    try:
        track = build()
    except ContractError as error:
        return {m.version: Report(title=_title(m), findings=(unprepared(label(m), error),)) for m in migrations}
    with closing(track):
        return dict(_reports(track, migrations, compare))


def _reports(track: Track, migrations: Sequence[Migration], compare: Compare) -> Iterator[tuple[int, Report]]:
    stopped: Migration | None = None
    for migration in migrations:
        began = time.perf_counter()
        if stopped is not None:
            yield (
                migration.version,
                Report(title=_title(migration), findings=(unreachable(label(migration), [stopped]),)),
            )
            continue
        try:
            findings = tuple(_try(track, migration, compare))
        except PgassayError as error:
            stopped, findings = migration, (_fails(migration, error),)
        seconds = time.perf_counter() - began
        yield migration.version, Report(title=_title(migration), findings=findings, looked_at=1, seconds=seconds)


def _try(track: Track, migration: Migration, compare: Compare) -> Iterator[Finding]:
    with ExitStack() as opened:
        places = () if migration.up.transaction else tuple(_places(_pieces(migration.up)))
        copies = [(n, opened.enter_context(closing(track.copy()))) for n in places]
        before, invalid = _shared(track) if copies else None, _invalid(track)
        track.up(migration)
        yield from _ends_transaction(migration)
        if migration.key and not migration.up.alone:  # ours starts each file anew
            yield from _leaks(migration, track.session())
        yield from _verified(track, migration)
        yield from (_left_invalid(migration, name) for name in sorted(_invalid(track) - invalid))
        if copies and before != _shared(track):
            yield _untried(migration)
        elif copies:
            after, pieces = track.read(), _pieces(migration.up)
            for n, copy in copies:
                yield from _cut_off(copy, migration, pieces[:n], after, compare)


def _places(pieces: Sequence[Piece]) -> Iterator[int]:
    """Yield behind how many queries it can be cut off so that something stays: where no transaction of its is open."""
    is_open = False
    for n, piece in enumerate(pieces[:-1], 1):
        for statement in _statements(piece):
            words = transaction_control(statement.words)
            is_open = words in {"BEGIN", "START"} if words else is_open
        if not is_open:
            yield n


def _shared(track: Track) -> str:
    """Return what becomes another text when a role, a membership or a tablespace comes or goes: copies share them."""
    row = track.look().execute(_SHARED).fetchone()
    return str(row)


def _cut_off(
    copy: Track, migration: Migration, done: Sequence[Piece], after: Catalog, compare: Compare
) -> Iterator[Finding]:
    """Run the first queries, and then the whole."""
    try:
        copy.part(migration, done)
        copy.up(migration)
    except PgassayError as error:
        yield _stuck(migration, done, error.text)
        return
    differing = [found for found in compare(after, copy.read()) if found.outcome is Outcome.FAIL]
    if differing:
        yield _stuck(migration, done, f"it leads elsewhere: {', '.join(sorted({f.object for f in differing}))}")


def _pieces(script: Script) -> Sequence[Piece]:
    """Return the queries in which a script is sent."""
    if script.pieces is not None or script.run is not None:
        return script.pieces or ()
    return [Piece(statement.sql, script.line + statement.line - 1) for statement in split(script.sql)]


def _ends_transaction(migration: Migration) -> Iterator[Finding]:
    """Tell what ends the tool's transaction before the tool does: what stands before stays, whatever fails later."""
    if not migration.up.transaction:
        return
    for piece in migration.up.pieces or ():
        for statement in _statements(piece):
            words = transaction_control(statement.words)
            if words and words not in {"BEGIN", "START"}:
                yield _commits(migration, words, piece.line + statement.line - 1)
                return


def _statements(piece: Piece) -> Iterable[Any]:
    try:
        return split(piece.sql)
    except MigrationError:
        return ()


def _leaks(migration: Migration, session: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = session.execute(_SETTINGS, [_OURS]).fetchall()
    for name, setting in sorted(rows):
        yield Finding(
            rule="setting-leaks",
            object=f"{label(migration)}: {name}",
            expected="the session's settings as they were: the tool runs the next file, and writes its table, in it",
            found=f"{name} = {setting}",
            mend=f"SET LOCAL {name} in place of SET, or RESET {name} at the end",
        )


def _verified(track: Track, migration: Migration) -> Iterator[Finding]:
    try:
        track.verify(migration)
    except PgassayError as error:
        yield Finding(
            rule="verify-fails",
            object=label(migration),
            expected="what the migration says of itself: its verify script runs to its end",
            found=error.text,
            mend=error.hint or "mend the up, or the verify script",
        )


def _invalid(track: Track) -> set[str]:
    return {str(name) for (name,) in track.look().execute(_INVALID).fetchall()}


def _left_invalid(migration: Migration, name: str) -> Finding:
    return Finding(
        rule="index-left-invalid",
        object=f"{label(migration)}: index {name}",
        expected="every index that it builds can be used",
        found="it is invalid",
        mend=f"DROP INDEX CONCURRENTLY {name}; and build it again",
    )


def _commits(migration: Migration, words: str, line: int) -> Finding:
    return Finding(
        rule="ends-its-transaction",
        object=label(migration),
        expected="the tool's transaction ends when the file does",
        found=f'{words} in line {line} of "{migration.path}": what stands before it stays, whatever fails later',
        mend="take it out, or mark the migration as one that runs without a transaction",
    )


def _untried(migration: Migration) -> Finding:
    return Finding(
        rule="not-tried",
        object=label(migration),
        expected="to be cut off, and run again",
        found="it makes or alters roles, memberships or tablespaces, which the copies would share",
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )


def _stuck(migration: Migration, done: Sequence[Piece], why: str) -> Finding:
    return Finding(
        rule="cut-off-for-good",
        object=f"{label(migration)}: cut off behind line {done[-1].line}",
        expected="running it again leads where it leads at once",
        found=why,
        mend="one statement in each file without a transaction, or statements that can be repeated (IF NOT EXISTS)",
    )


def _fails(migration: Migration, error: PgassayError) -> Finding:
    return Finding(
        rule="up-fails",
        object=label(migration),
        expected="the up runs to its end",
        found=error.text,
        mend=error.hint or f"mend {migration.path.name}",
    )


def _title(migration: Migration) -> str:
    return f"survival of {migration.label}"
