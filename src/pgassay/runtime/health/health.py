"""All indicators of an application, asked together, seldom, and never twice at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from pgassay.errors import UsageError
from pgassay.runtime.health.result import HealthIndicator, HealthReport, HealthResult, HealthStatus
from pgassay.runtime.health.watch import Watch

CACHE = 0.5  # seconds: a storm of probes is two queries a second
TIMEOUT = 5.0  # seconds


class Health:
    """Asks indicators, and keeps what they found for a moment.

    Those who ask at the same time share one run of each indicator; those who ask within `cache` seconds after it get
    its result. A run that takes longer than `timeout` is cancelled, and no other one begins before it has ended. While
    something is down, an answer does not wait for the next run to fail as well.

    Args:
        indicators: Whom to ask; at least one.
        cache: Seconds for which a result is told again.
        timeout: Seconds that an indicator may take.

    Raises:
        UsageError: Two indicators have one name, a name has no place in a path, there is none, or a time means nothing.
    """

    def __init__(
        self, indicators: Iterable[HealthIndicator], *, cache: float = CACHE, timeout: float = TIMEOUT
    ) -> None:
        asked = tuple(indicators)
        _require_names([indicator.name for indicator in asked])
        if not (cache >= 0 and timeout > 0):
            raise UsageError(f"cache must be 0 s or more and timeout more than 0 s, not {cache} and {timeout}")
        self._watches = {each.name: Watch(each, cache=cache, timeout=timeout) for each in asked}
        self._shutting_down = False

    @property
    def names(self) -> tuple[str, ...]:
        """The indicators' names."""
        return tuple(self._watches)

    @property
    def shutting_down(self) -> bool:
        """Whether `shut_down` was called."""
        return self._shutting_down

    def shut_down(self) -> None:
        """Let every answer from now on be `shutting_down`, so that load balancers send nobody any more."""
        self._shutting_down = True

    async def check(self, name: str | None = None) -> HealthReport:
        """Return how it stands, within the timeout.

        Args:
            name: Ask this indicator alone; default: all.

        Raises:
            UsageError: There is no such indicator.
        """
        if name is not None and name not in self._watches:
            raise UsageError(f'there is no health indicator "{name}"', hint=f"there are: {', '.join(self.names)}")
        if self._shutting_down:
            return HealthReport(status=HealthStatus.SHUTTING_DOWN, results={})
        names = self.names if name is None else (name,)
        results: list[HealthResult] = await asyncio.gather(*(self._watches[each].result() for each in names))
        return HealthReport.of(dict(zip(names, results, strict=True)))


def _require_names(names: list[str]) -> None:
    if not names:
        raise UsageError("there is no health indicator", hint="give at least one: DatabaseHealth(db)")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f'two health indicators are called "{twice[0]}"', hint="give one of them another name")
    for name in names:
        if not name or "/" in name:
            raise UsageError(
                f'a health indicator cannot be called "{name}"', hint="its name is a part of a path: /health/<name>"
            )
