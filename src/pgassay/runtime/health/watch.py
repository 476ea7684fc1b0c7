"""One run of an indicator for all who ask at the same time, and its result for those who ask right after."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from time import monotonic
from typing import Any

from pgassay.runtime.health.result import HealthIndicator, HealthResult

LOGGER = logging.getLogger("pgassay.health")
FAILED = "the check failed"
_NUMBER = re.compile(r"[0-9.]+")
_SOON = 0.1  # seconds in which what works again has answered


class Watch:
    """Asks one indicator, one run at a time.

    Args:
        indicator: Whom it asks.
        cache: Seconds for which a result is told again.
        timeout: Seconds after which a run is given up.
    """

    def __init__(self, indicator: HealthIndicator, *, cache: float, timeout: float) -> None:
        self._indicator = indicator
        self._cache = cache
        self._timeout = timeout
        self._task: asyncio.Task[HealthResult] | None = None
        self._began = 0.0
        self._given_up = False
        self._result: HealthResult | None = None
        self._until = 0.0

    async def result(self) -> HealthResult:
        """Return what the indicator found a moment ago, or finds now; after the timeout, that it does not answer."""
        if self._result is not None and monotonic() < self._until:
            return self._result
        task = self._running()
        left = self._began + self._timeout - monotonic()
        told_soon = left > _SOON and self._is_known_to_be_down()
        # Not wait_for: who asks may go away, and the others wait for the same run.
        await asyncio.wait({task}, timeout=_SOON if told_soon else max(left, 0))
        if not task.done() and not told_soon:
            self._give_up(task)
        return self._result or task.result()

    def _is_known_to_be_down(self) -> bool:
        """Whether the last result is a bad one, and still means something: probes must not wait out every new try."""
        return self._result is not None and not self._result.up and monotonic() < self._until + self._timeout

    def _running(self) -> asyncio.Task[HealthResult]:
        """Return the run in progress, or begin one. A run of another event loop is nobody's here."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.get_loop() is not loop:
            self._began, self._given_up = monotonic(), False
            self._task = loop.create_task(self._ask(), name=f"health of {self._indicator.name}")
            self._task.add_done_callback(self._ended)
        return self._task

    async def _ask(self) -> HealthResult:
        try:
            result = await self._indicator.check()
            _require_tellable(result)
        except Exception as error:  # whatever it is, the answer is that it is down
            return HealthResult.failed(FAILED, cause=error)
        return result

    def _ended(self, task: asyncio.Task[HealthResult]) -> None:
        """Keep the result, before those who wait for it go on; none of a run that had been given up."""
        if task is not self._task:
            return
        self._task = None
        if not self._given_up:
            self._keep(HealthResult.failed(FAILED) if task.cancelled() else task.result())

    def _give_up(self, task: asyncio.Task[HealthResult]) -> None:
        """Cancel a run that takes too long, once; until it has really ended no other one begins."""
        if not self._given_up:
            self._given_up = True
            task.cancel()
        self._keep(HealthResult.failed(f"no answer within {self._timeout:g} s"))

    def _keep(self, result: HealthResult) -> None:
        self._tell_log(self._result, result)
        self._result, self._until = result, monotonic() + self._cache

    def _tell_log(self, before: HealthResult | None, now: HealthResult) -> None:
        """Tell what has changed: an outage is many checks, and one line."""
        if _gist(before) == _gist(now):
            return
        name = self._indicator.name
        if not now.up:
            trace = now.cause if now.reason == FAILED else None
            # On one line: libpq's words are several.
            LOGGER.warning("%s is down: %s", name, " ".join(str(now.cause or now.reason).split()), exc_info=trace)
        elif before is not None:
            LOGGER.info("%s is up again", name)


def _gist(result: HealthResult | None) -> object:
    """What makes a result another one; by how many seconds a replica is behind does not."""
    return result and (result.up, _NUMBER.sub("", result.reason or ""), type(result.cause))


def _require_tellable(result: Any) -> None:
    """Raise where the answer could not be written: that is an error of the indicator, not of the whole answer."""
    if not isinstance(result, HealthResult):
        raise TypeError(f"check() returned {type(result).__name__}, not a HealthResult")
    json.dumps(result.as_dict(), allow_nan=False)
