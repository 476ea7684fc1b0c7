"""When a test fails that was given a database: what there is to see of that, and whether it is kept."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pgassay.errors import PgassayError
from pgassay.plugin.options import settings_of
from pgassay.plugin.summary import say

if TYPE_CHECKING:
    from pgassay.runtime import AsyncDatabase, Database
    from pgassay.sandbox.sandbox import Sandbox
    from pgassay.servers.failed import Way

D = TypeVar("D", bound="Database | AsyncDatabase")

TITLE = "pgassay"
_ROLLED_BACK = "not kept: what a transaction did that is rolled back is gone; use assay_db to look at it afterwards"
_NOT_KEPT = "not kept: --assay-keep 1 keeps it"


class Lending:
    """A database that a fixture has lent; no dataclass, for making one takes a millisecond of every run of pytest.

    Attributes:
        since: Since when.
        failed: The last test that failed with it, and when; None: none that shall leave it behind.

    Args:
        fixture: The fixture's name.
        sandbox: Where the database is from.
        database: It.
    """

    def __init__(self, fixture: str, sandbox: Sandbox, database: Database | AsyncDatabase) -> None:
        self.fixture = fixture
        self.sandbox = sandbox
        self.database = database
        self.since = datetime.now(UTC)
        self.failed: tuple[pytest.Item, float] | None = None

    @property
    def name(self) -> str:
        """The database's name."""
        return self.database.conninfo.get("dbname")


_LENT: list[Lending] = []  # at this moment, in this process


@contextmanager
def lend(fixture: str, sandbox: Sandbox, handed_out: AbstractContextManager[D]) -> Iterator[D]:
    """Lend a database for the length of a fixture, known to every test that uses it and fails meanwhile.

    Args:
        fixture: The fixture's name. (Its request would tell, and costs more than all the rest.)
        sandbox: Where the database is from.
        handed_out: Gives it, and takes it back.
    """
    lending: Lending | None = None
    try:
        with handed_out as database:
            lending = Lending(fixture, sandbox, database)
            _LENT.append(lending)
            try:
                yield database
            finally:
                _LENT.remove(lending)
    finally:  # a warning that is an error may have ended it
        if lending is not None and lending.failed is not None:
            _keep(lending, *lending.failed)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Add what there is to see of its databases to a failed test's report, and mark those that are to be kept."""
    report = yield
    failed = report.failed and call.when != "teardown"  # by then they are gone
    if failed and (lendings := _lent_to(item)):
        keep = settings_of(item.config).keep
        report.sections.append((TITLE, "\n\n".join(_account(lending, item, keep) for lending in lendings)))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector, report: Any) -> None:
    """Show the section before the debugger, which prints none of a report's, while everything is still there."""
    reporter = node.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and node.config.getoption("usepdb", False):
        for text in (text for title, text in report.sections if title == TITLE):
            reporter.ensure_newline()
            reporter.section(TITLE, sep="-")
            reporter.line(text)


def _lent_to(item: pytest.Item) -> list[Lending]:
    """Return what an item was given: by its own fixtures, and by those of a wider scope that it uses."""
    request = getattr(item, "_request", None)  # it knows those too that were asked for in the midst of the test
    used = set(request.fixturenames if request is not None else ())
    return [lending for lending in _LENT if lending.fixture in used]


def _account(lending: Lending, item: pytest.Item, keep: int) -> str:
    from pgassay.sandbox.aftermath import account

    if keep and hasattr(lending.database, "kept"):
        lending.database.kept = True
        lending.failed = item, time.time()
    database = lending.database
    statements = database.last_statements() if hasattr(database, "last_statements") else ()
    text = account(lending.sandbox.server, lending.name, since=lending.since, way=_way(lending), statements=statements)
    return f"{lending.fixture}: {text}"


def _way(lending: Lending) -> Way | str:
    from pgassay.servers.failed import way_to

    if lending.failed is None:
        return _NOT_KEPT if hasattr(lending.database, "kept") else _ROLLED_BACK
    try:
        return way_to(lending.sandbox.server, lending.name, lending.sandbox.run)
    except (PgassayError, OSError) as error:  # a failing test must not fail of this
        return f"kept, but how it is reached cannot be told: {error}"


def _keep(lending: Lending, test: pytest.Item, failed: float) -> None:
    from pgassay.servers.failed import keep_database

    settings, sandbox = settings_of(test.config), lending.sandbox
    try:
        keep_database(
            sandbox.run,
            sandbox.server,
            lending.name,
            test=test.nodeid,
            failed=failed,
            most=settings.keep,
            project=settings.root,
        )
    except (PgassayError, OSError) as error:
        say(test.config, f"warning: {lending.name} of {test.nodeid} could not be kept: {error}")
