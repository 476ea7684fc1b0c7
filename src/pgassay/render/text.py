"""Findings and reports as plain text: for pytest's failures, the terminal and a log."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.errors import MigrationError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.layout import laid_out
from pgassay.migrations.split import split

_MARGIN = 10  # characters; the labels "expected", "found", "mend" and a space


def finding_text(finding: Finding) -> str:
    """Return one finding as a few lines: what and where, what was expected, what was found, and the mend.

    The first line names the object even where a label stands above it, because junit's XML drops labels.
    """
    found = "because" if finding.outcome is Outcome.BLIND else "found"
    lines = [f"{finding.object}: {finding.rule}"]
    mend = laid_out(finding.mend) if _is_sql(finding.mend) else finding.mend
    for label, text in (("expected", finding.expected), (found, finding.found), ("mend", mend)):
        lines.extend(_labelled(label, text))
    return "\n".join(lines)


def report_text(report: Report) -> str:
    """Return a whole report: a headline, every finding, the notes."""
    counted = f"{report.looked_at} looked at"
    for word, findings in (("failed", report.failures), ("blind", report.blind), ("accepted", report.accepted)):
        if findings:
            counted += f", {len(findings)} {word}"
    lines = [f"{report.outcome.upper():<5} {report.title} ({counted}, {report.seconds:.2f} s)"]
    lines.extend(indented(finding_text(finding)) for finding in report.findings)
    lines.extend(f"  accepted: {finding}" for finding in report.accepted)
    lines.extend(f"  note: {note}" for note in report.notes)
    return "\n".join(lines)


def summary_text(reports: Iterable[Report]) -> str:
    """Return one line that counts the outcomes of several reports."""
    outcomes = [report.outcome for report in reports]
    return (
        ", ".join(f"{outcomes.count(o)} {word}" for o, word in _SUMMARY if outcomes.count(o)) or "nothing was checked"
    )


_SUMMARY = ((Outcome.FAIL, "failed"), (Outcome.BLIND, "blind"), (Outcome.PASS, "passed"))


def _is_sql(mend: str) -> bool:
    """Tell statements, as we write them, from advice: GRANT SELECT on it, and USAGE on its schema."""
    try:
        statements = split(mend)
    except MigrationError:
        return False
    return all(s.words and s.sql.startswith(s.words[0].upper()) and s.sql.endswith(";") for s in statements)


def _labelled(label: str, text: str) -> list[str]:
    if not text:
        return []
    first, *rest = text.splitlines() or [""]
    return [f"  {label:<{_MARGIN}}{first}", *(f"  {'':<{_MARGIN}}{line}" for line in rest)]


def indented(text: str) -> str:
    """Return a text with each line moved to the right, to stand below a headline."""
    return "\n".join(f"  {line}" for line in text.splitlines())
