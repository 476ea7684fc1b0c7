"""A drift as a script for people: each difference as a comment, and below it the statements that would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pgassay.findings import Finding
from pgassay.suite.drift import Drift
from pgassay.suite.mends import Mend

_HEAD = (
    "Written by pgassay diff, and not run. Read it before you run it: it may drop what holds data.",
    "What is advice, or waits for something else to be mended first, stands in a comment; compare again afterwards.",
)
# As pg_dump has it: names in function bodies may be of what comes later.
_SETTINGS = (
    "SET client_encoding = 'UTF8';",
    "SET standard_conforming_strings = on;",
    "SET check_function_bodies = off;",
)


def drift_sql(drift: Drift) -> str:
    """Return a script that brings what was found to what is expected."""
    parts = [_comment((f'Brings "{drift.found}" to what "{drift.expected}" is.', *_HEAD)), *_said(drift)]
    if any(_is_statement(text) for mend in drift.mends for text in mend.statements):
        parts.append("\n".join(_SETTINGS))
    parts += map(_part, drift.mends)
    return "\n\n".join(parts if drift.mends else [*parts, "-- no difference"])


def _said(drift: Drift) -> Iterator[str]:
    """Yield what was left out, and what could not be looked at."""
    if drift.report.notes:
        yield _comment(f"note: {note}" for note in drift.report.notes)
    for finding in drift.report.blind:
        yield _comment((f"could not look at {finding.object}: {finding.found}",))


def _part(mend: Mend) -> str:
    lines = [text if _is_statement(text) else _comment([text.removeprefix("-- ")]) for text in mend.statements]
    return "\n".join([_difference(mend.finding), *lines])


def _is_statement(text: str) -> bool:
    return not text.startswith("-- ")


def _difference(finding: Finding) -> str:
    return _comment(
        (
            f"{finding.object}: {finding.rule}",
            *(f"  expected  {line}" for line in finding.expected.splitlines()),
            *(f"  found     {line}" for line in finding.found.splitlines()),
        )
    )


def _comment(texts: Iterable[str]) -> str:
    """Return lines that are comments, each of them: a name may hold the end of a line."""
    return "\n".join(f"-- {line}".rstrip() for text in texts for line in text.splitlines())
