"""What is printed at the end: notes, what was accepted unseen, what was left out, which server served.

PYTEST_DONT_REWRITE: no asserts here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.plugin.outcome import BLIND, NOTE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what pgassay has to say about the run, if anything."""
    lines = [*_noted(terminalreporter), *_unseen(terminalreporter), *config.stash.get(LINES, [])]
    if not lines:
        return
    terminalreporter.section("pgassay")
    for line in lines:
        terminalreporter.write_line(line)


LINES = pytest.StashKey[list[str]]()
"""Lines that other parts want to be printed."""


def say(config: pytest.Config, line: str) -> None:
    """Have a line printed at the end of the run."""
    config.stash.setdefault(LINES, []).append(line)


def _properties(reporter: pytest.TerminalReporter, name: str) -> Iterator[str]:
    """Yield the values of a user property over all reports, each once, in order."""
    seen: set[str] = set()
    for reports in reporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for key, value in getattr(report, "user_properties", ()):
                if key == name and value not in seen:
                    seen.add(str(value))
                    yield str(value)


def _noted(reporter: pytest.TerminalReporter) -> list[str]:
    return list(_properties(reporter, NOTE))


def _unseen(reporter: pytest.TerminalReporter) -> list[str]:
    unseen = list(_properties(reporter, BLIND))
    if not unseen:
        return []
    return [f"{len(unseen)} objects not looked at (accepted by assay_blind = skip):", *(f"  {line}" for line in unseen)]
