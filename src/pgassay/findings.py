"""What a look at a database yields: findings, and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The three answers. Blind (could not look) is never a pass."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    BLIND = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact that contradicts the contract, a rule or a proof; or one that could not be seen.

    Attributes:
        rule: The defect in kebab-case, such as `index-differs`.
        object: Kind and qualified name, such as `index public.users_email_key`.
        expected: What should be there, one or more lines.
        found: What is there; for a blind finding, why it could not be seen.
        mend: SQL that mends it; for a blind finding the GRANT; or a sentence where no SQL can.
        outcome: `FAIL` or `BLIND`.
    """

    rule: str
    object: str
    expected: str
    found: str
    mend: str
    outcome: Outcome = Outcome.FAIL

    @property
    def key(self) -> str:
        """The stable name by which `accepted.toml` accepts it: no oid, no time."""
        return f"{self.rule} {self.object}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one check saw.

    Attributes:
        title: The check's name.
        findings: Every finding, failing and blind, in a stable order.
        looked_at: How many objects were compared. Nothing looked at is not a pass.
        notes: Sentences to repeat to the reader: leniencies in force, roles left out.
        accepted: The findings that were taken out because somebody has looked at them, each with the reason.
        seconds: How long it took.
    """

    title: str
    findings: tuple[Finding, ...] = ()
    looked_at: int = 0
    notes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that contradict."""
        return tuple(f for f in self.findings if f.outcome is Outcome.FAIL)

    @property
    def blind(self) -> tuple[Finding, ...]:
        """The findings that say what could not be seen."""
        return tuple(f for f in self.findings if f.outcome is Outcome.BLIND)

    @property
    def outcome(self) -> Outcome:
        """Fail before blind before pass; a report for which nobody looked at anything is blind."""
        if self.failures:
            return Outcome.FAIL
        if self.blind or not (self.looked_at or self.accepted):
            return Outcome.BLIND
        return Outcome.PASS
