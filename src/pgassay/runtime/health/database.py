"""Whether the database answers, in which role, how far behind, and what the pool does."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import Any, Literal

import psycopg

from pgassay.errors import UsageError
from pgassay.runtime._async.database import AsyncDatabase
from pgassay.runtime._sync.database import Database
from pgassay.runtime.health.public import no_answer, public_reason
from pgassay.runtime.health.result import HealthResult
from pgassay.runtime.health.thread import OneThread, StillRunningError
from pgassay.runtime.status import Ping

PRIMARY, REPLICA = "primary", "replica"


class DatabaseHealth:
    """Asks a database for a sign of life, through its pool, as the application would.

    Args:
        database: The database.
        name: Its name in the answer.
        timeout: Seconds that the answer may take in all.
        max_lag: Seconds that a replica may be behind; a lag that is not known is too much. Default: any.
        role: What the server must be: `primary` or `replica`. Default: either.

    Raises:
        UsageError: A value means nothing.
    """

    def __init__(
        self,
        database: Database | AsyncDatabase,
        *,
        name: str = "db",
        timeout: float = 1.0,
        max_lag: float | None = None,
        role: Literal["primary", "replica"] | None = None,
    ) -> None:
        if role not in {None, PRIMARY, REPLICA}:
            raise UsageError(f'role is "{role}"', hint=f"write {PRIMARY} or {REPLICA}, or leave it out")
        if not timeout > 0 or (max_lag is not None and not max_lag >= 0):
            raise UsageError(f"timeout must be more than 0 s and max_lag 0 s or more, not {timeout} and {max_lag}")
        self.name = name
        self._database = database
        self._timeout = timeout
        self._max_lag = max_lag
        self._role = role
        self._thread = OneThread(f"health of {name}")

    async def check(self) -> HealthResult:
        """Ask; what is wrong with the database is told in words that anybody may read."""
        began = monotonic()
        try:
            ping = await self._ping()
        except StillRunningError:
            return HealthResult.failed(no_answer(self._timeout), pool=self._pool())
        except psycopg.Error as error:
            reason = public_reason(error, waited=monotonic() - began, timeout=self._timeout)
            return HealthResult.failed(reason, cause=error, pool=self._pool())
        return self._judged(ping)

    async def _ping(self) -> Ping:
        if isinstance(self._database, AsyncDatabase):
            return await self._database.ping(self._timeout)
        return await self._thread.call(partial(self._database.ping, self._timeout))

    def _judged(self, ping: Ping) -> HealthResult:
        role = REPLICA if ping.replica else PRIMARY
        details: dict[str, Any] = {"ping_ms": round(ping.seconds * 1000, 1), "role": role}
        if ping.replica:
            details["lag_seconds"] = None if ping.lag is None else round(ping.lag, 1)
        details["pool"] = self._pool()
        wrong = self._wrong(role, ping)
        return HealthResult.failed(wrong, **details) if wrong else HealthResult.well(**details)

    def _wrong(self, role: str, ping: Ping) -> str | None:
        if self._role is not None and role != self._role:
            return f"the server is a {role}, not a {self._role}"
        if self._max_lag is None or not ping.replica:
            return None
        if ping.lag is None:
            return "how far the replica is behind is not known"
        return f"the replica is {ping.lag:.1f} s behind" if ping.lag > self._max_lag else None

    def _pool(self) -> dict[str, Any]:
        figures = self._database.connection_status().pool
        return {
            "open": figures.open,
            "in_use": figures.in_use,
            "maximum": figures.maximum,
            "waiting": figures.waiting,
            "saturated": figures.saturated,
        }
