"""What a migration must survive: being cut off half way, running beside others' settings, building an index in vain.

One walk upwards serves all steps. A step that runs in a transaction fails behind each of its statements, and must leave
nothing (`injection`); one that runs in none is cut off behind each of its queries, in copies of the database, and must
then lead where it leads at once; one in Python fails in its tool (`faults`). Where a tool has scripts that verify a
step, they are run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, LiteralString, Protocol

import psycopg

from pgassay.errors import ContractError, PgassayError
from pgassay.findings import Finding, Report
from pgassay.migrations.execute import transaction_control
from pgassay.migrations.fault import ROLES, Sent, Watch, show_all, watching
from pgassay.migrations.model import Migration, Piece
from pgassay.migrations.rehearsal import OPENING, pieces_of, statements_in
from pgassay.proofs.contents import read_shared
from pgassay.proofs.faults import Behind, Faults
from pgassay.proofs.injection import Stage, inject
from pgassay.proofs.round_trip import Compare, Road
from pgassay.proofs.standing import Standing, differing, stand
from pgassay.proofs.survival_wording import (
    commits,
    leaks,
    left_invalid,
    not_rehearsed,
    not_verified,
    stuck,
    untried,
)
from pgassay.proofs.wording import failed, label, unprepared, unreachable

_SETTINGS: LiteralString = "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> ALL (%s)"
_OURS = ["client_encoding", "application_name", "transaction_isolation"]
_INVALID: LiteralString = """
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid AND c.relkind = 'i'
"""


class Track(Road, Stage, Protocol):
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
    with closing(_Trial(track, build=build, compare=compare)) as trial:
        reports = {migration.version: trial.report(migration) for migration in migrations}
        return {**reports, **_with_note(reports, trial.unseen)}


def _with_note(reports: Mapping[int, Report], unseen: Sequence[Migration]) -> Mapping[int, Report]:
    """Say once, at the first of them, which are sent by code that nobody watches."""
    if not unseen:
        return {}
    first = reports[unseen[0].version]
    note = f"{len(unseen)} migrations ask before they run: they were not let fail behind each statement"
    return {unseen[0].version: replace(first, notes=(*first.notes, note))}


class _Trial:
    """The database that all steps are tried in, one after the other."""

    def __init__(self, track: Track, *, build: Callable[[], Track], compare: Compare) -> None:
        self._track, self._build, self._compare = track, build, compare
        self._behind = Behind(build)
        self._clean: dict[str, str] = {}  # how the session begins
        self._previous: Migration | None = None
        self._stopped: Migration | None = None  # the step whose up fails: what comes after it cannot be reached
        self._notes: list[str] = []
        self.unseen: list[Migration] = []  # those that code sends which is no tool's

    def report(self, migration: Migration) -> Report:
        began, self._notes = time.perf_counter(), []
        if self._stopped is not None:
            return Report(title=_title(migration), findings=(unreachable(label(migration), [self._stopped]),))
        findings = list[Finding]()
        try:
            for finding in self._try(migration):
                findings.append(finding)
        except PgassayError as error:
            self._stopped = migration
            findings.append(failed(migration, "up", error))
        self._previous, seconds = migration, time.perf_counter() - began
        notes = tuple(self._notes)
        return Report(title=_title(migration), findings=tuple(findings), looked_at=1, notes=notes, seconds=seconds)

    def _try(self, migration: Migration) -> Iterator[Finding]:
        aftermath = inject(self._track, migration, self._compare)
        if aftermath.stays is not None:
            yield aftermath.stays
            self._begin_anew()
        if aftermath.stuck is not None:
            yield aftermath.stuck
        with ExitStack() as opened:
            cuts = () if aftermath.is_tried or migration.up.transaction else tuple(_cuts(migration))
            copies = [(opened.enter_context(closing(self._track.copy())), cut) for cut in cuts]
            yield from self._take(migration, copies)
        if aftermath.failure is not None:
            yield not_rehearsed(migration, aftermath.failure)

    def _begin_anew(self) -> None:
        """Take a database in which nothing is left over; going up there takes the steps before, too."""
        self._track.close()
        self._track = self._build()

    def _take(self, migration: Migration, copies: Sequence[tuple[Track, Cut]]) -> Iterator[Finding]:
        track, watch = self._track, Watch(migration.path)
        self._clean = self._clean or show_all(track.session())
        before = read_shared(track.look())
        yield from _up(track, migration, watch)
        if migration.up.run is not None and not watch.is_lent:
            self.unseen.append(migration)
        yield from _ends_transaction(migration, watch.sent)
        if migration.key and not (migration.up.alone or migration.up.superuser):  # ours starts each file anew
            yield from _leaks(migration, track.session(), self._clean, watch.settings)
        yield from _verified(track, migration)
        faults = self._faults(migration, watch.sent)
        if (copies or not faults.is_whole) and before != read_shared(track.look()):
            yield untried(migration)
            return
        if copies:
            yield from _cut_off(migration, copies, stand(track), self._compare)
        yield from faults.try_all(lambda: stand(track))
        self._notes += faults.notes

    def _faults(self, migration: Migration, sent: Sequence[Sent]) -> Faults:
        return Faults(
            migration=migration, previous=self._previous, sent=sent, behind=self._behind, compare=self._compare
        )

    def close(self) -> None:
        self._behind.close()
        self._track.close()


def _up(track: Track, migration: Migration, watch: Watch) -> Iterator[Finding]:
    """Take a step, and tell what indexes it leaves of no use, also where it fails."""
    failure, before = None, _invalid(track)
    try:
        with watching(watch):
            track.up(migration)
    except PgassayError as error:
        failure = error
    yield from (left_invalid(migration, name) for name in sorted(_invalid(track) - before))
    if failure is not None:
        raise failure


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a step is cut off so that something stays.

    Attributes:
        pieces: What has run.
        line: Behind which line that ends.
    """

    pieces: Sequence[Piece]
    line: int


def _cuts(migration: Migration) -> Iterator[Cut]:
    """Yield where to cut a step that runs in no transaction: where none of its own is open."""
    pieces, is_open = pieces_of(migration.up), False
    for n, piece in enumerate(pieces):
        found = statements_in(piece)
        for statement in found:
            words = transaction_control(statement.words)
            is_open = words in OPENING if words else is_open
            # The statements of one query are one transaction of the server's, as far as they begin and end none.
            if words and not is_open and statement is not found[-1]:
                part = replace(piece, sql=piece.sql[: statement.end])
                yield Cut((*pieces[:n], part), piece.line + statement.line - 1)
        if not is_open and n < len(pieces) - 1:
            yield Cut(pieces[: n + 1], piece.line)


def _cut_off(
    migration: Migration, copies: Sequence[tuple[Track, Cut]], after: Standing, compare: Compare
) -> Iterator[Finding]:
    """Run the first queries, and then the whole; what goes wrong in one way is told once."""
    told = {""}
    for copy, cut in copies:
        why = _leads_elsewhere(copy, migration, cut, after, compare)
        if why not in told:
            told.add(why)
            yield stuck(migration, f"line {cut.line}", why)


def _leads_elsewhere(copy: Track, migration: Migration, cut: Cut, after: Standing, compare: Compare) -> str:
    """Say why it does not lead there in the end; an empty text: it does."""
    try:
        copy.part(migration, cut.pieces)
        copy.up(migration)
    except PgassayError as error:
        return error.text
    objects = ", ".join(differing(after, stand(copy), compare))
    return objects and f"it leads elsewhere: {objects}"


def _ends_transaction(migration: Migration, sent: Sequence[Sent]) -> Iterator[Finding]:
    """Tell what ends the tool's transaction before the tool does: what stands before stays, whatever fails later."""
    ending = ((words, where) for words, where in _controls(migration, sent) if words and words not in OPENING)
    yield from (commits(migration, words, where) for words, where in islice(ending, 1))


def _controls(migration: Migration, sent: Sequence[Sent]) -> Iterator[tuple[str, str]]:
    """Yield what each statement opens or ends, and where; only within a transaction of the tool's."""
    for piece in (migration.up.transaction and migration.up.pieces) or ():
        for statement in statements_in(piece):
            yield transaction_control(statement.words), f"line {piece.line + statement.line - 1}"
    for one in sent:
        for statement in statements_in(Piece(one.text)) if not one.autocommit else ():
            yield transaction_control(statement.words), one.where


def _leaks(
    migration: Migration, session: psycopg.Connection[Any], clean: Mapping[str, str], begun: Mapping[str, str]
) -> Iterator[Finding]:
    """Tell what is set in a session, and who acts there.

    Args:
        migration: It.
        session: In which it ran.
        clean: How that session begins.
        begun: How it was when Python began: its tool and env.py set some things, too. Empty: it is SQL.
    """
    now = show_all(session)
    found = {
        name: setting
        for name, setting in session.execute(_SETTINGS, [_OURS]).fetchall()
        if not begun or begun.get(name) != now.get(name)
    }
    found |= {name: now[name] for name in ROLES if now[name] != (begun or clean)[name]}
    yield from (leaks(migration, name, setting) for name, setting in sorted(found.items()))


def _verified(track: Track, migration: Migration) -> Iterator[Finding]:
    try:
        track.verify(migration)
    except PgassayError as error:
        yield not_verified(migration, error)


def _invalid(track: Track) -> set[str]:
    return {str(name) for (name,) in track.look().execute(_INVALID).fetchall()}


def _title(migration: Migration) -> str:
    return f"survival of {migration.label}"
