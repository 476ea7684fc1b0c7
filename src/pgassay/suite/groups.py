"""Databases of which the same is to be said, put together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pgassay.findings import Finding, Outcome, Report
from pgassay.suite.fleet import Verdict

_ORDER = (Outcome.PASS, Outcome.FAIL, Outcome.BLIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Databases with the same findings.

    Attributes:
        outcome: Fail before blind before pass, over all reports.
        verdicts: The databases, in the order in which they were named.
        reports: What is to be said of each of them.
    """

    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    reports: tuple[Report, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, check by check."""
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every finding that accepted.toml accepts."""
        return tuple(text for report in self.reports for text in report.accepted)

    @property
    def names(self) -> tuple[str, ...]:
        """What the databases are called."""
        return tuple(verdict.target.name for verdict in self.verdicts)


def grouped(verdicts: Iterable[Verdict]) -> tuple[Group, ...]:
    """Return the groups: first those that are as they should be, then by outcome; of each, the largest first."""
    alike: defaultdict[tuple[object, ...], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        alike[tuple((report.title, report.findings, report.accepted) for report in verdict.reports)].append(verdict)
    groups = [
        Group(outcome=_outcome(some[0].reports), verdicts=tuple(some), reports=some[0].reports)
        for some in alike.values()
    ]
    return tuple(sorted(groups, key=lambda group: (_ORDER.index(group.outcome), -len(group.verdicts), group.names)))


def _outcome(reports: Iterable[Report]) -> Outcome:
    outcomes = {report.outcome for report in reports}
    return next((word for word in (Outcome.FAIL, Outcome.BLIND) if word in outcomes), Outcome.PASS)


def notes_of(groups: Iterable[Group]) -> Counter[str]:
    """Return every note, with the number of databases that it is about."""
    return Counter(
        note
        for group in groups
        for verdict in group.verdicts
        for note in dict.fromkeys(note for report in verdict.reports for note in report.notes)
    )
