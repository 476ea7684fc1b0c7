"""How it stands with a database: reachable or not, since when, and what its pool does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Whether a database can be reached, by the last attempt to connect or to use it."""

    UNUSED = "unused"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """What a pool does at this moment, in connections.

    Attributes:
        minimum: Kept open.
        maximum: At most.
        open: Open, or being opened.
        in_use: Lent.
        waiting: Borrowers that wait.
    """

    minimum: int
    maximum: int
    open: int = 0
    in_use: int = 0
    waiting: int = 0

    @property
    def saturated(self) -> bool:
        """Whether all connections are lent, and somebody waits."""
        return self.waiting > 0 and self.in_use >= self.maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatus:
    """How it stands with a database.

    Attributes:
        state: Whether it can be reached.
        since: When that state began.
        pool: What the pool does.
        last_error: Why the last attempt to connect or to use it failed, without a password; None: none has.
        last_error_at: When that was.
    """

    state: State
    since: datetime
    pool: PoolFigures
    last_error: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What a server answered to a sign of life.

    Attributes:
        seconds: From asking for a connection to the answer.
        replica: Whether it is a standby, which is only read.
        lag: Seconds that a standby is behind; None: a primary, or not known.
    """

    seconds: float
    replica: bool
    lag: float | None


@dataclass(slots=True)
class Reachability:
    """The state of a database and its history, as far as it is told.

    Written by the workers of a pool and by its borrowers: each assignment stands for itself, the last one holds.
    """

    state: State = State.UNUSED
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    last_error: str | None = None
    last_error_at: datetime | None = None

    def enter(self, state: State) -> None:
        """Note a state; `since` moves only when it is another one."""
        if state is not self.state:
            self.state, self.since = state, datetime.now(UTC)

    def failed(self, reason: str) -> None:
        """Note that the server could not be reached."""
        self.last_error, self.last_error_at = reason, datetime.now(UTC)
        self.enter(State.UNREACHABLE)

    def failed_within(self, seconds: float) -> bool:
        """Tell whether the server cannot be reached, or could not meanwhile: of several attempts one may succeed."""
        at = self.last_error_at
        recently = at is not None and datetime.now(UTC) - at <= timedelta(seconds=seconds)
        return self.state is State.UNREACHABLE or recently

    def status(self, pool: PoolFigures) -> ConnectionStatus:
        """Return what is known, together with the pool's figures."""
        return ConnectionStatus(
            state=self.state,
            since=self.since,
            pool=pool,
            last_error=self.last_error,
            last_error_at=self.last_error_at,
        )
