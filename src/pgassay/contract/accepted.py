"""accepted.toml: findings that somebody has looked at and lives with, one by one, each with its reason.

```toml
[[accept]]
rule = "index-extra"                      # as the report names it
object = "index public.users_old_idx"     # as the report names it
reason = "dropped with the next release"
```
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.contract.toml import Table, read_toml
from pgassay.findings import Finding, Outcome, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One `[[accept]]` entry: it accepts a finding, blind or failing, of exactly this rule and object."""

    rule: str
    object: str
    reason: str

    @property
    def key(self) -> str:
        """The key of the finding that it accepts."""
        return f"{self.rule} {self.object}"


def load_accepted(path: Path) -> tuple[Acceptance, ...]:
    """Read accepted.toml; a file that is not there accepts nothing.

    Raises:
        ContractError: It cannot be read, an entry lacks a key or has one that means nothing, or accepts what another
            entry accepts already.
    """
    if not path.exists():
        return ()
    top = read_toml(path)
    top.only(("accept",))
    acceptances = tuple(_acceptance(entry) for entry in top.entries("accept"))
    keys = [acceptance.key for acceptance in acceptances]
    for key in keys:
        if keys.count(key) > 1:
            raise top.error(f'"{key}" is accepted twice', hint="keep one of the two entries")
    return acceptances


def _acceptance(entry: Table) -> Acceptance:
    entry.only(("rule", "object", "reason"))
    return Acceptance(
        rule=entry.required_text("rule"),
        object=entry.required_text("object"),
        reason=entry.required_text("reason"),
    )


def apply(report: Report, acceptances: Sequence[Acceptance]) -> Report:
    """Return the report with its accepted findings set apart, each with its reason."""
    reasons = {acceptance.key: acceptance.reason for acceptance in acceptances}
    accepted = [finding for finding in report.findings if finding.key in reasons]
    if not accepted:
        return report
    return replace(
        report,
        findings=tuple(finding for finding in report.findings if finding.key not in reasons),
        accepted=(*report.accepted, *(_note(finding, reasons[finding.key]) for finding in accepted)),
    )


def _note(finding: Finding, reason: str) -> str:
    blind = " (blind)" if finding.outcome is Outcome.BLIND else ""
    return f"{finding.rule} of {finding.object}{blind}: {reason}"


def unused(acceptances: Sequence[Acceptance], keys: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each acceptance that matched nothing in a whole run.

    Args:
        acceptances: What accepted.toml accepts.
        keys: The keys of every finding that the run made, accepted ones included.
    """
    seen = set(keys)
    return tuple(
        Finding(
            rule="acceptance-unused",
            object=f"acceptance of {acceptance.key}",
            expected=f"a finding {acceptance.rule} of {acceptance.object}",
            found="no such finding any more",
            mend="take the entry out of accepted.toml",
        )
        for acceptance in acceptances
        if acceptance.key not in seen
    )
