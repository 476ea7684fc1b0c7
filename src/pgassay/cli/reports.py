"""How reports are shown in a terminal, and what exit code they mean."""

from __future__ import annotations

from collections.abc import Iterable

import click

from pgassay.cli import ExitCode
from pgassay.findings import Outcome, Report

_COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.BLIND: "yellow"}


def show(report: Report) -> None:
    """Print a report; its outcome stands out where there are colours."""
    from pgassay.render.text import report_text

    show_text(report.outcome, report_text(report))


def show_text(outcome: Outcome, text: str) -> None:
    """Print a text that begins with an outcome, which stands out where there are colours."""
    head, *rest = text.splitlines()
    word, _, said = head.partition(" ")
    click.echo(f"{click.style(word, fg=_COLOURS[outcome], bold=True)} {said}")
    for line in rest:
        click.echo(line)


def code_of(reports: Iterable[Report]) -> ExitCode:
    """Return the exit code: a finding is a no; nothing found where not all could be looked at is no yes either."""
    outcomes = {report.outcome for report in reports}
    if Outcome.FAIL in outcomes:
        return ExitCode.NO
    return ExitCode.GOOD if outcomes == {Outcome.PASS} else ExitCode.BLIND
