"""Several sessions of one database, of which one at a time is let go on, and one more that watches them.

Nothing is waited for blindly: a statement has come to rest when libpq has its result, or when the server says which
session it waits for.
"""

from __future__ import annotations

import selectors
import time
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Self

import psycopg

from pgassay.behaviors.sessions.session import Session
from pgassay.behaviors.sessions.waits import Wait, read_waits
from pgassay.conninfo import Conninfo
from pgassay.errors import PgassayError
from pgassay.runtime.addresses import acting_as
from pgassay.sandbox.database import ScratchDatabase

LIMIT = 10.0  # seconds in which a statement must end or be seen to wait
# Who waits looks once for a deadlock, and its server then says that it still waits. A wait counts as one when that was
# heard: so the victim is always the session that closes the circle, for all others have looked before, and never will
# again. Only a superuser may set all but client_min_messages.
_LOOK_AND_SAY = {
    "deadlock_timeout": "1ms",
    "log_lock_waits": "on",
    "client_min_messages": "log",
    "lc_messages": "C",
}
_UNHEARD = 1.0  # seconds after which a session has looked that was made not to say so, by client_min_messages
_PATIENCE = (0.001, 0.02)  # seconds until the server is asked again what goes on: first, and at most


class SessionError(PgassayError):
    """Report sessions that do not stand as the test has it; the text shows how each one stands."""


class Stage:
    """Opens the sessions, lets them come to rest, and closes them.

    Args:
        database: Where they are.
        limit: Seconds in which each statement must end, or be seen to wait.
    """

    def __init__(self, database: ScratchDatabase, *, limit: float = LIMIT) -> None:
        self._database = database
        self._limit = limit
        self._sessions: dict[int, Session] = {}
        self._opened = ExitStack()
        # Closed without a COMMIT: an interrupt may have left it within a statement.
        self._monitor = self._opened.enter_context(closing(database.server.connect(database.name)))
        self._told = self._monitor.execute("SHOW is_superuser").fetchone() == ("on",)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    @property
    def names(self) -> dict[int, str]:
        """What the process of each session is called."""
        return {process: session.name for process, session in self._sessions.items()}

    def open(self, number: int, *, role: str | None = None) -> tuple[Session, ...]:
        """Open sessions.

        Args:
            number: How many.
            role: The role that they act as; default: the database's.

        Raises:
            UsageError: There is no such role.
        """
        database = self._database if role is None else self._database.as_role(role)
        return tuple(self._open(database) for _ in range(number))

    def _open(self, database: ScratchDatabase) -> Session:
        connection = psycopg.connect(self._login(database).dsn, autocommit=True)
        session = Session(self, connection, f"session {len(self._sessions) + 1}")
        self._opened.callback(session.close)
        self._sessions[session.process] = session
        return session

    def _login(self, database: ScratchDatabase) -> Conninfo:
        if not self._told:
            return database.conninfo
        login, own = database.conninfo, database.server.at(database.name)
        if login.get("user") != own.get("user"):
            login = acting_as(own, login.get("user"))
        settings = " ".join(f"-c {name}={value}" for name, value in _LOOK_AND_SAY.items())
        return login.with_(options=f"{login.get('options')} {settings}")

    def settle(self) -> None:
        """Return when every statement has ended or waits for a lock.

        Raises:
            SessionError: One does neither within the limit.
        """
        until, patience = time.monotonic() + self._limit, _PATIENCE[0]
        while running := self._look(patience):
            waits = read_waits(self._monitor, [session.process for session in running])
            for session in running:
                assert session.step is not None
                session.step.wait = waits.get(session.process)
                session.look()  # what was said of an earlier wait must not count for this one
            if all(self._rests(session) for session in running):
                return
            if time.monotonic() > until:
                raise self.error(f"after {self._limit:g} s a statement has neither ended nor come to wait for a lock")
            patience = min(2 * patience, _PATIENCE[1])

    def _look(self, patience: float) -> list[Session]:
        """Take what has arrived, or arrives within some seconds, and return the sessions that are still busy."""
        busy = [session for session in self._sessions.values() if session.busy]
        with selectors.DefaultSelector() as selector:
            for session in busy:
                selector.register(session.connection.fileno(), selectors.EVENT_READ)
            if busy:
                selector.select(patience)
        for session in busy:
            session.look()
        return [session for session in busy if session.busy]

    def _rests(self, session: Session) -> bool:
        """Whether it waits, its look for a deadlock is over, and it is in no circle, which the server will break."""
        wait = session.step.wait if session.step else None
        if wait is None or not wait.blockers or session in self._behind(session):
            return False
        if wait.for_snapshot:
            return True
        # The server's views are read one after the other: while the lock is not seen the wait has only just begun.
        return wait.seconds is not None and (session.has_looked or not self._told or wait.seconds > _UNHEARD)

    def _behind(self, session: Session) -> set[Session]:
        """Return the sessions that one waits for, and those that these wait for, and so on."""
        found: set[Session] = set()
        ahead = [session]
        while ahead:
            step = ahead.pop().step
            blockers = step.wait.blockers if step and step.wait and step.outcome is None else ()
            new = {self._sessions[process] for process in blockers if process in self._sessions} - found
            found |= new
            ahead += new
        return found

    def blockers(self, wait: Wait | None) -> frozenset[Session | str]:
        """Return who holds what a wait is for; a process that is no session is named."""
        return frozenset(self._sessions.get(pid, f"process {pid}") for pid in (wait.blockers if wait else ()))

    def describe(self, wait: Wait | None) -> str:
        """Say what a statement that has not ended waits for."""
        if wait is None or not wait.blockers:
            return f"runs ({wait.event})" if wait and wait.event else "runs"
        return f"waits for {', '.join(sorted(map(str, self.blockers(wait))))}, {wait.lock}"

    def picture(self) -> list[str]:
        """Return a line for each session: how it stands, and its last statement."""
        return [f"  {session.name}: {session.state}" for session in self._sessions.values()]

    def error(self, problem: str, *, hint: str | None = None) -> SessionError:
        """Return a complaint that shows how each session stands."""
        return SessionError("\n".join([problem, *self.picture()]), hint=hint)
