"""A run that was given a target must look at it: else it would be green about a database that nobody saw.

Where several are named, each of them must be looked at, and what became of each is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pgassay.plugin.collect import LOOKING
from pgassay.plugin.options import is_used, settings_of
from pgassay.plugin.outcome import OUT_OF_REACH
from pgassay.plugin.run import is_worker
from pgassay.plugin.summary import say

if TYPE_CHECKING:
    from pgassay.settings import Settings

_UNSEEN = "was given, but no test looked at it; add --pyargs pgassay.checks"
_SKIPPED = "skipped as blind"
_GOOD = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class Witness:
    """Remembers which targets executed tests looked at; the controller's sees every worker's reports.

    Args:
        settings: Name the targets.
    """

    def __init__(self, settings: Settings) -> None:
        self._targets = {target.name: target for target in settings.targets}
        self._seen: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, pytest.TestReport]:
        """Mark the report of a test that looks at a target with its name; a plain attribute survives xdist."""
        report: pytest.TestReport = yield
        report.assay_out_of_reach = _is_out_of_reach(call)  # type: ignore[attr-defined]
        told = call.when == "call" or (call.when == "setup" and (report.failed or _is_out_of_reach(call)))
        if told and _looks_at_target(item):
            report.assay_target = _name_of(item)  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a marked report; a sub-test's is a part of another one."""
        name = getattr(report, "assay_target", None)
        if name is not None and not isinstance(report, pytest.SubtestReport):
            self._seen[name][_word(report)] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End with pytest's code for wrong use where nobody looked; only warn where the environment gave the target.

        Where some of several were not looked at, a run that has failed anyway (`-x`) keeps its own code.
        """
        config = session.config
        if is_worker(config) or config.getoption("collectonly"):
            return
        for line in self._counts():
            say(config, line)
        if self._seen and all(set(counted) == {_SKIPPED} for counted in self._seen.values()):
            say(config, "ERROR: none of the targets could be looked at")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self._tell_unseen(session)

    def _tell_unseen(self, session: pytest.Session) -> None:
        unseen = [f" {name}" for name in self._targets if name not in self._seen] if self._seen else [""]
        given = session.config.getoption("assay_db_url", None)
        where = "ERROR: --db-url" if given else "warning: PGASSAY_DB_URL"
        for name in unseen:
            say(session.config, f"{where}{name} {_UNSEEN}")
        if unseen and given and (not self._seen or session.exitstatus in _GOOD):
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _counts(self) -> Iterator[str]:
        """Yield a line for each target that has a name: what became of the tests that looked at it."""
        for name, target in self._targets.items():
            if counted := self._seen.get(name):
                yield f"target {target}: {', '.join(f'{number} {word}' for word, number in sorted(counted.items()))}"


def pytest_configure(config: pytest.Config) -> None:
    """Watch, where there are targets that can be parsed; and let nobody make scratch servers of their servers."""
    if not is_used(config):
        return
    settings = settings_of(config)
    if settings.db_url is not None:
        from pgassay.errors import UsageError
        from pgassay.servers.mark import never_use

        try:
            never_use(settings.db_urls)
        except UsageError as error:
            raise pytest.UsageError(f"{settings.origins['db_url']}: {error}") from None
        config.pluginmanager.register(Witness(settings), "pgassay-witness")


def _is_out_of_reach(call: pytest.CallInfo[None]) -> bool:
    """Return whether a test was skipped because its target cannot be looked at, and that is accepted."""
    error = call.excinfo.value if call.excinfo is not None else None
    return isinstance(error, pytest.skip.Exception) and str(error.msg).startswith(OUT_OF_REACH)


def _word(report: pytest.TestReport) -> str:
    if getattr(report, "assay_out_of_reach", False):
        return _SKIPPED
    return "blind" if getattr(report, "assay_blind", False) else report.outcome


def _looks_at_target(item: pytest.Item) -> bool:
    used = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("assay_target") is not None or bool(used & LOOKING)


def _name_of(item: pytest.Item) -> str:
    """Return the name of the target that an item is parametrized with; empty where that has no name."""
    called = getattr(item, "callspec", None)
    return str(called.params.get("assay_target_name", "")) if called is not None else ""
