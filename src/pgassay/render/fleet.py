"""What was found in many databases as text and as JSON: once for all of which the same is to be said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pgassay.catalog.record import one_line
from pgassay.findings import Outcome
from pgassay.render.as_json import FORMAT, plain_report
from pgassay.render.text import finding_text, indented
from pgassay.suite.groups import Group, notes_of

NAMES, FINDINGS, GROUPS, MOST_FREQUENT, NOTES = 8, 25, 20, 10, 5
"""How many are shown of each, unless all are asked for."""

_WORDS = {
    Outcome.PASS: "as the contract says",
    Outcome.FAIL: "with findings",
    Outcome.BLIND: "not looked at, or not all of it",
}


def fleet_blocks(groups: Sequence[Group], *, verbose: bool) -> Iterator[tuple[Outcome, str]]:
    """Yield a block of text for each group, with its outcome.

    Args:
        groups: What was found.
        verbose: Leave out no name, finding or group.
    """
    for outcome in Outcome:
        of_outcome = [group for group in groups if group.outcome is outcome]
        shown = of_outcome if verbose else of_outcome[:GROUPS]
        yield from ((outcome, _block(group, verbose=verbose)) for group in shown)
        if rest := of_outcome[len(shown) :]:
            yield outcome, _rest(outcome, rest)


_MORE = "; -v and --json have all of them"


def _rest(outcome: Outcome, groups: Sequence[Group]) -> str:
    """Say of many small groups what they have in common: the findings that most of their databases have."""
    counted = Counter[str]()
    for group in groups:
        counted.update(dict.fromkeys((finding.key for finding in group.findings), len(group.verdicts)))
    lines = [f"  {key} ({_databases(number)})" for key, number in counted.most_common(MOST_FREQUENT)]
    if more := len(counted) - len(lines):
        lines.append(f"  and {more:,} more findings")
    head = f"{_headed(outcome)} {_databases(_size(groups))} in {len(groups):,} more groups"
    return "\n".join([f"{head}{_MORE}:", *lines])


def _block(group: Group, *, verbose: bool) -> str:
    names = "" if group.outcome is Outcome.PASS and not verbose else f": {_some(group.names, verbose=verbose)}"
    what = " as the contract says" if group.outcome is Outcome.PASS else ""
    findings = group.findings if verbose else group.findings[:FINDINGS]
    lines = [f"{_headed(group.outcome)} {_databases(len(group.verdicts))}{what}{names}"]
    lines += [indented(finding_text(finding)) for finding in findings]
    if more := len(group.findings) - len(findings):
        lines.append(f"  and {more:,} more findings{_MORE}")
    lines += [f"  accepted: {text}" for text in group.accepted]
    return "\n".join(lines)


def _headed(outcome: Outcome) -> str:
    return f"{outcome.upper():<5}"


def _databases(number: int) -> str:
    return f"{number:,} database{'' if number == 1 else 's'}"


def _some(names: Sequence[str], *, verbose: bool) -> str:
    shown = names if verbose else names[:NAMES]
    rest = len(names) - len(shown)
    return ", ".join(map(one_line, shown)) + (f" and {rest:,} more" if rest else "")


def fleet_notes(groups: Iterable[Group], *, verbose: bool) -> Iterator[str]:
    """Yield what a reader must know, the most frequent first."""
    counted = notes_of(groups).most_common()
    shown = counted if verbose else counted[:NOTES]
    yield from (f"note: {note} ({_databases(number)})" for note, number in shown)
    if rest := len(counted) - len(shown):
        yield f"and {rest:,} more notes{_MORE}"


def fleet_summary(groups: Sequence[Group]) -> str:
    """Return one line that counts the databases."""
    sizes = {word: _size([group for group in groups if group.outcome is outcome]) for outcome, word in _WORDS.items()}
    return f"{_databases(_size(groups))}: {', '.join(f'{n:,} {word}' for word, n in sizes.items() if n)}"


def _size(groups: Iterable[Group]) -> int:
    return sum(len(group.verdicts) for group in groups)


def fleet_json(groups: Sequence[Group], *, left_out: Mapping[str, Sequence[str]], unseen: int) -> str:
    """Return all of it as one JSON document.

    Args:
        groups: What was found.
        left_out: Why -> the checks that were left out for it.
        unseen: How many databases nobody came to look at, because somebody interrupted.
    """
    plain = {
        "format": FORMAT,
        "databases": _size(groups),
        "interrupted_before": unseen,
        "left_out": {reason: list(names) for reason, names in left_out.items()},
        "groups": [_plain(group) for group in groups],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _plain(group: Group) -> dict[str, Any]:
    databases = [
        {
            "name": verdict.target.name,
            "database": verdict.target.conninfo.redacted,
            **({"reason": verdict.reason} if verdict.reason else {}),
        }
        for verdict in group.verdicts
    ]
    return {
        "outcome": group.outcome.value,
        "databases": databases,
        "reports": [plain_report(report) for report in group.reports],
    }
