"""A run that was given a target must look at it: else it would be green about a database that nobody saw."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pgassay.plugin.options import is_used, settings_of
from pgassay.plugin.run import is_worker
from pgassay.plugin.summary import say

if TYPE_CHECKING:
    pass

_FIXTURES = frozenset({"assay_subject", "assay_actual"})
_UNSEEN = "was given, but no test looked at it; add --pyargs pgassay.checks"


class Witness:
    """Remembers whether any executed test looked at the target; the controller's sees every worker's reports."""

    def __init__(self) -> None:
        self.looked = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, pytest.TestReport]:
        """Mark the report of a test that looks at the target; a plain attribute survives xdist."""
        report: pytest.TestReport = yield
        if call.when == "call" and _looks_at_target(item):
            report.assay_looked = True  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a marked report."""
        self.looked = self.looked or getattr(report, "assay_looked", False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End with pytest's code for wrong use where nobody looked; only warn where the environment gave the target."""
        config = session.config
        if self.looked or is_worker(config) or config.getoption("collectonly"):
            return
        if config.getoption("assay_db_url", None):
            say(config, f"ERROR: --db-url {_UNSEEN}")
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        else:
            say(config, f"warning: PGASSAY_DB_URL {_UNSEEN}")


def pytest_configure(config: pytest.Config) -> None:
    """Watch, where there is a target that can be parsed; and let nobody make a scratch server of its server."""
    if not is_used(config):
        return
    settings = settings_of(config)
    if settings.db_url is not None:
        from pgassay.errors import UsageError
        from pgassay.servers.mark import never_use

        try:
            never_use(settings.db_url)
        except UsageError as error:
            raise pytest.UsageError(f"{settings.origins['db_url']}: {error}") from None
        config.pluginmanager.register(Witness(), "pgassay-witness")


def _looks_at_target(item: pytest.Item) -> bool:
    used = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("assay_target") is not None or bool(used & _FIXTURES)
