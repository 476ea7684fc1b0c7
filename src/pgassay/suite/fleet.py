"""Thousands of databases against one contract: each is read, and those that are alike are compared once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.digest import digest_of
from pgassay.catalog.read import read_catalog
from pgassay.errors import BlindError, CatalogError, PgassayError, ServerError, TargetError
from pgassay.findings import Report
from pgassay.settings.parse import MAJORS
from pgassay.settings.targets import NamedTarget
from pgassay.suite.check import Check
from pgassay.suite.context import Context
from pgassay.suite.crew import Crew
from pgassay.suite.members import Fleet, Member
from pgassay.suite.running import run_check, unseen
from pgassay.target import Target

JOBS = 8
"""Databases that are read at the same time: enough to wait for distant ones, few enough for one server of them all."""

UNREAD = "database"
"""The title of the report on a database that could not be read at all."""

Reports = tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of one database.

    Attributes:
        target: The database.
        reports: What the checks say; of databases that are alike, the same reports.
        reason: Why it could not be read, in full; empty where it could.
    """

    target: NamedTarget
    reports: Reports
    reason: str = ""


class Seen(Member):
    """The context of a database that was read: its catalog is at hand, and its connection may be closed.

    Args:
        fleet: What it is one of.
        home: Where things are made for its major.
        named: The database.
        target: The look at it.
        catalog: What was read of it.
    """

    def __init__(self, fleet: Fleet, home: Context, named: NamedTarget, target: Target, catalog: Catalog) -> None:
        super().__init__(fleet, named)
        self.home = home
        self.target = target
        self.actual = catalog
        self.looker = target.facts.role


class Sweep:
    """A look at every database of a fleet. Catalogs are kept for as long as it takes to compare them, and no longer.

    Args:
        fleet: The targets, and what they are compared with.
        checks: The checks to run; those that look at no target are none of it.
        jobs: Databases that are read at the same time, at most.
    """

    def __init__(self, fleet: Fleet, checks: Iterable[Check], *, jobs: int = JOBS) -> None:
        self._fleet = fleet
        checks = tuple(checks)
        self._comparing = tuple(check for check in checks if not check.asks_target)
        self._asking = tuple(check for check in checks if check.asks_target)
        self._homes: dict[int, Context | PgassayError] = {}
        self._known: dict[tuple[bytes, str], Reports] = {}
        self._open: set[Target] = set()
        self._building, self._comparison = Lock(), Lock()
        self._crew = Crew(self._look, fleet.settings.targets, jobs=jobs)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self._crew)

    def stop(self) -> None:
        """Begin nothing more, and have the servers end what they do for us."""
        self._crew.stop()
        for target in tuple(self._open):
            target.cancel()
        self._crew.join()

    def _look(self, target: NamedTarget) -> Verdict:
        try:
            return Verdict(target=target, reports=self._reports(target))
        except (BlindError, ServerError, TargetError, CatalogError) as error:
            finding = unseen(UNREAD, error, reason=reason_of(error, target))
            return Verdict(
                target=target, reports=(Report(title=UNREAD, findings=(finding,)),), reason=error.message.strip()
            )

    def _reports(self, named: NamedTarget) -> Reports:
        with Target(named.conninfo) as target, self._noted(target):
            home = self._home(target.facts.major)
            context = Seen(self._fleet, home, named, target, target.use(read_catalog))
            asked = tuple(run_check(context, check) for check in self._asking)
        return (*self._compared(context), *asked)

    @contextmanager
    def _noted(self, target: Target) -> Iterator[None]:
        self._open.add(target)
        try:
            yield
        finally:
            self._open.discard(target)

    def _home(self, major: int) -> Context:
        """Return where things are made for a major, with what is expected; whoever comes first makes it."""
        with self._building:
            if major not in self._homes:
                self._homes[major] = self._make_home(major)
            home = self._homes[major]
        if isinstance(home, PgassayError):
            raise home.with_traceback(None)
        return home

    def _make_home(self, major: int) -> Context | PgassayError:
        if major not in MAJORS:
            return BlindError(f"PostgreSQL {major} is none that a contract can be built on")
        try:
            home = self._fleet.of_major(major)
            _ = home.expected if self._comparing else None
        except (BlindError, ServerError) as error:
            return error
        return home

    def _compared(self, context: Seen) -> Reports:
        """Compare, or say what was said of another one that is alike and looked at by the same role."""
        key = (digest_of(context.actual), context.looker)
        with self._comparison:
            if key not in self._known:
                self._known[key] = tuple(run_check(context, check) for check in self._comparing)
            return self._known[key]


def reason_of(error: PgassayError, target: NamedTarget) -> str:
    """Return why a database cannot be looked at, in words that another one may share: its own names left out."""
    said = re.sub(r"^cannot (open|read) the target .*?: ", "", error.message.strip(), flags=re.DOTALL)
    lines = said.splitlines() or [""]
    reason = re.sub(r"^.* failed: ", "", lines[0]).removeprefix("FATAL:").strip()
    for name in ("dbname", "user", "host", "hostaddr"):
        if value := target.conninfo.get(name):
            reason = reason.replace(f'"{value}"', '"..."')
    return reason
