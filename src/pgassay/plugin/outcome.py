"""How an item ends: a failing finding is a sub-test, what could not be looked at is BLIND.

All use of pytest's sub-tests, whose reporting is marked experimental, is in `report_findings`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pgassay.errors import BlindError, PgassayError

if TYPE_CHECKING:
    from pgassay.findings import Finding, Report

MOST = 25  # sub-tests an item; 10,000 failing ones take 6 s and 30,000 lines
NOTE = "pgassay-note"
ACCEPTED = "pgassay-accepted"
BLIND = "pgassay-blind"
SECONDS = "pgassay-seconds"
OUT_OF_REACH = "blind: "
"""How the reason begins for which a test is skipped whose target cannot be looked at."""


def report_findings(report: Report, item: pytest.Item, subtests: pytest.Subtests, *, skip_blind: bool) -> None:
    """Turn a report into the outcome of an item.

    Each failing finding is a sub-test with its object as the label. Blind ones make the item BLIND; where they are
    accepted as a whole (`assay_blind = skip`) they are printed at the end, and an item that saw nothing is skipped.

    Raises:
        BlindError: Something could not be looked at.
    """
    item.user_properties += [(NOTE, _told(report, note)) for note in report.notes]
    item.user_properties += [(ACCEPTED, finding) for finding in report.accepted]
    item.user_properties.append((SECONDS, round(report.seconds, 3)))
    _fail(report, subtests)
    if report.blind and skip_blind:
        item.user_properties += [(BLIND, f"{finding.object}: {finding.found}") for finding in report.blind]
    elif report.blind:
        raise BlindError(_texts(report.blind))
    if not (report.looked_at or report.failures or report.accepted):
        _nothing_seen(report, skip_blind=skip_blind)


def _told(report: Report, note: str) -> str:
    """Leniencies are the whole run's, and said once: not of each of a hundred migrations."""
    return note if note.startswith("leniency ") else f"{report.title}: {note}"


def _fail(report: Report, subtests: pytest.Subtests) -> None:
    from pgassay.render.text import finding_text

    for finding in report.failures[:MOST]:
        with subtests.test(finding.object):
            pytest.fail(finding_text(finding), pytrace=False)
    if len(report.failures) > MOST:
        more = _more(report.failures)
        with subtests.test(more):
            pytest.fail(more, pytrace=False)


def _more(findings: Sequence[Finding]) -> str:
    return f"and {len(findings) - MOST:,} more; `pgassay check --json` lists them all"


def _texts(findings: Sequence[Finding]) -> str:
    from pgassay.render.text import finding_text

    texts = [finding_text(finding) for finding in findings[:MOST]]
    return "\n".join([*texts, _more(findings)] if len(findings) > MOST else texts)


def _nothing_seen(report: Report, *, skip_blind: bool) -> None:
    if skip_blind and report.blind:
        pytest.skip(f"blind: {report.blind[0].found}")
    raise BlindError(f"{report.title}: nothing was looked at")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Mark a report whose test raised BlindError; the mark, a plain attribute, survives xdist.

    An error of ours in a fixture is shown as its text: it says all, and the traceback would be through us. But not one
    that a statement of the user's own met: it is psycopg's as well, and where it was sent must be seen.
    """
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, BlindError):
        report.assay_blind = True
    of_ours = isinstance(error, PgassayError) and not _is_psycopgs(error)
    if isinstance(error, BlindError) or (of_ours and call.when == "setup"):
        report.longrepr = str(error)
    return report


def _is_psycopgs(error: PgassayError) -> bool:
    driver = sys.modules.get("psycopg")  # not loaded: nothing of it can have been raised
    return driver is not None and isinstance(error, driver.Error)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a blind item as BLIND, letter B. Its category is `failed`: it is listed, counted and red."""
    if report.failed and getattr(report, "assay_blind", False):
        return "failed", "B", "BLIND"
    return None
