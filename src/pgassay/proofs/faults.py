"""A failure at each statement of a migration in Python, which its tool runs, with whatever that has to roll back.

What it sends is known when it has run: so a second database stays one step behind the first. There it fails at one
statement after the other. Where all are one transaction nothing may be left; where some are kept before others, each
time is in a copy, and running it again must lead where it leads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from pgassay.errors import MigrationError, PgassayError
from pgassay.findings import Finding
from pgassay.migrations.fault import Sent, Watch, watching
from pgassay.migrations.model import Migration
from pgassay.proofs.contents import Positions, moved_since, put_back, read_positions
from pgassay.proofs.round_trip import Compare, Road
from pgassay.proofs.standing import Standing, differing, stand
from pgassay.proofs.survival_wording import not_failed, stays, stuck

LIMIT = 20
"""Statements behind which one migration is let fail: one that sends more is let fail behind some of them."""


class Behind:
    """A second database, brought to the step before the one that is tried.

    Args:
        build: Makes a fresh database.
    """

    def __init__(self, build: Callable[[], Road]) -> None:
        self._build = build
        self._road: Road | None = None
        self._lost: PgassayError | None = None  # what a second time would meet again

    def before(self, previous: Migration | None) -> Road:
        """Return it with all steps up to one applied.

        Raises:
            PgassayError: They cannot be applied a second time, as on a server where they have made their roles.
        """
        if self._lost is not None:
            raise self._lost
        try:
            self._road = self._road or self._build()
            if previous is not None:
                self._road.up(previous)
        except PgassayError as error:
            self._lost = error
            raise
        return self._road

    def close(self) -> None:
        """Drop it; the next one is made anew."""
        if self._road is not None:
            self._road.close()
        self._road = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The failures of one migration.

    Attributes:
        migration: It.
        previous: The one before it.
        sent: What it sent when it was applied.
        behind: The database without it.
        compare: What differs between two databases.
    """

    migration: Migration
    previous: Migration | None
    sent: Sequence[Sent]
    behind: Behind
    compare: Compare

    @property
    def is_whole(self) -> bool:
        """Whether nothing that it sends is kept before it has sent the rest."""
        return not any(statement.is_kept for statement in self.sent[:-1])

    @property
    def places(self) -> Sequence[int]:
        """How many statements are completed before it is let fail: none at first, and one after the other.

        Not all, where the last one is kept: then the step is made.
        """
        kept = [one.number for one in self.sent[:-1] if one.is_kept][:LIMIT]
        others = [one.number for one in self.sent if one.is_open and one.number not in kept]
        return sorted((0, *kept, *_spread(others, LIMIT - len(kept)))) if self.sent else ()

    @property
    def notes(self) -> Sequence[str]:
        """Say that it is not let fail at each statement, where that is so."""
        tried, all_ = len(self.places), len(self.sent)
        return [f"of its {all_} statements it was let fail at {tried}"] if all_ > LIMIT + 1 else []

    def try_all(self, after: Callable[[], Standing]) -> Iterator[Finding]:
        """Yield what a failure leaves, or what keeps the migration from being run again.

        Args:
            after: Reads where it leads at once.
        """
        if not self.places:
            return
        try:
            if self.is_whole and (yield from self._in_place()):
                return
            yield from self._in_copies(after())
        except PgassayError as error:
            self.behind.close()
            yield not_failed(self.migration, error)

    def _in_place(self) -> Generator[Finding, None, bool]:
        """Fail in the database itself; tell whether that was all: not where the migration comes through in spite."""
        road, before = self.behind.before(self.previous), None
        stood = read_positions(road.look())
        for place in self.places:
            put_back(road.look(), moved_since(road.look(), stood))
            if not self._fails(road, place):
                self.behind.close()
                return False
            now = stand(road)
            before = before or now  # what its tool makes before it, such as its table, is there from now on
            if left := differing(before, now, self.compare):
                self.behind.close()
                yield stays(self.migration, self._where(place), ", ".join(left))
                return True
        yield from self._once_more(road, stood)
        return True

    def _where(self, place: int) -> str:
        return self.sent[place - 1].where if place else "the start"

    def _once_more(self, road: Road, stood: Positions) -> Iterator[Finding]:
        """Run it again where failing has moved sequences, which no rollback takes back; put these where they stood."""
        moved, last = moved_since(road.look(), stood), self.places[-1]
        if not moved:
            return
        try:
            self._fails(road, last)
        except PgassayError as error:
            yield stuck(self.migration, self._where(last), error.text)
        finally:
            put_back(road.look(), moved)

    def _in_copies(self, after: Standing) -> Iterator[Finding]:
        """Fail in a copy each time, and run it again there; what goes wrong in one way is told once."""
        road, told = self.behind.before(self.previous), {""}
        for place in self.places:
            with closing(road.copy()) as copy:
                why = self._leads_elsewhere(copy, place, after)
            if why not in told:
                told.add(why)
                yield stuck(self.migration, self._where(place), why)

    def _leads_elsewhere(self, copy: Road, place: int, after: Standing) -> str:
        """Say why it does not lead there in the end; an empty text: it does."""
        has_failed = self._fails(copy, place)
        if has_failed:
            try:
                copy.up(self.migration)
            except PgassayError as error:
                return error.text
        objects = ", ".join(differing(after, stand(copy), self.compare))
        caught = "" if has_failed else "it catches the failure, and counts as applied; "
        return objects and f"{caught}it leads elsewhere: {objects}"

    def _fails(self, road: Road, behind: int) -> bool:
        """Let it fail behind some statements; False: it comes through all the same.

        Raises:
            PgassayError: It fails by itself, or does not come to that place.
        """
        watch = Watch(self.migration.path, behind=behind, of=len(self.sent))
        try:
            with watching(watch):
                road.up(self.migration)
        except PgassayError:
            if not watch.has_failed:
                raise
            return True
        if not watch.has_failed:
            raise MigrationError(f"the second time it sends {len(watch.sent)} statements, not {len(self.sent)}")
        return False


def _spread(places: Sequence[int], limit: int) -> Sequence[int]:
    """Return so many of them, evenly, and the last one."""
    if len(places) <= limit:
        return places
    return [places[(n + 1) * len(places) // limit - 1] for n in range(limit)]
