"""What an indicator finds, and the one answer that is made of all findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self


class HealthStatus(StrEnum):
    """How an application does."""

    OK = "ok"
    ERROR = "error"
    SHUTTING_DOWN = "shutting_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """What one indicator found.

    Attributes:
        up: Whether it is well.
        reason: Why it is not, for everybody to read: no host, no name of a role, no text of an error.
        details: What else is told, as JSON knows it, for everybody to read as well.
        cause: What went wrong, for the log alone.
    """

    up: bool
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    cause: BaseException | None = field(default=None, compare=False, repr=False)

    @classmethod
    def well(cls, **details: Any) -> Self:
        """Return that all is well."""
        return cls(up=True, details=details)

    @classmethod
    def failed(cls, reason: str, *, cause: BaseException | None = None, **details: Any) -> Self:
        """Return that something is wrong.

        Args:
            reason: What, for everybody to read.
            cause: The error, for the log.
            details: What else is told.
        """
        return cls(up=False, reason=reason, cause=cause, details=details)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of the answer: `status` first, then why, then the details."""
        status = {"status": "up" if self.up else "down", **({"message": self.reason} if self.reason else {})}
        return status | dict(self.details) | status


class HealthIndicator(Protocol):
    """Tells whether something works; `Health` asks it.

    It is never asked twice at the same time, and cancelled when it takes too long. What it raises goes to the log.

    Attributes:
        name: Its name in the answer, and in the path `/health/<name>`.
    """

    @property
    def name(self) -> str:
        """Its name."""
        ...

    async def check(self) -> HealthResult:
        """Look, and tell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The answer: what all that were asked have found.

    Attributes:
        status: What it comes to.
        results: Name of the indicator -> what it found.
    """

    status: HealthStatus
    results: Mapping[str, HealthResult]

    @classmethod
    def of(cls, results: Mapping[str, HealthResult]) -> Self:
        """Return what these results come to: one that is down is an error."""
        well = all(result.up for result in results.values())
        return cls(status=HealthStatus.OK if well else HealthStatus.ERROR, results=results)

    def as_dict(self) -> dict[str, Any]:
        """Return it as the health libraries of other ecosystems answer (NestJS terminus): info is up, error is down."""
        entries = {name: result.as_dict() for name, result in self.results.items()}
        return {
            "status": self.status.value,
            "info": {name: entry for name, entry in entries.items() if entry["status"] == "up"},
            "error": {name: entry for name, entry in entries.items() if entry["status"] == "down"},
            "details": entries,
        }
