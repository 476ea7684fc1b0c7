"""One statement of a session: it has ended, or it is seen to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from pgassay.behaviors.sessions.answer import Answer
from pgassay.behaviors.sessions.waits import Wait
from pgassay.runtime.masking import shorten
from pgassay.runtime.statements import shown

if TYPE_CHECKING:
    from pgassay.behaviors.sessions.session import Session
    from pgassay.behaviors.sessions.stage import Stage


class WaitsFor(frozenset["Session | str"]):
    """Sessions that a step waits for, which knows how all of them stand: where an assertion fails, pytest shows it.

    Attributes:
        picture: A line for each session.
    """

    picture: list[str]


def explain_wait(left: object, right: object) -> list[str] | None:
    """Return the lines that a failed `assert step.waits_for == {a}` shows; None where it is not ours to say."""
    if not isinstance(left, WaitsFor):
        return None
    found = ", ".join(sorted(map(str, left))) or "nobody"
    return [f"waits for {found} == {right!r}", *left.picture]


class Step:
    """A statement that was started. Each look at it first lets all sessions come to rest.

    Attributes:
        session: Whose it is.
        statement: Its text.

    Args:
        stage: Where the other sessions are.
        session: Whose it is.
        statement: Its text.
    """

    def __init__(self, stage: Stage, session: Session, statement: str) -> None:
        self.session = session
        self.statement = statement
        self.outcome: Answer | psycopg.Error | None = None
        self.wait: Wait | None = None
        self._stage = stage

    @property
    def waiting(self) -> bool:
        """Whether it waits for a lock; else it has ended, well or not."""
        self._stage.settle()
        return self.outcome is None

    @property
    def waits_for(self) -> frozenset[Session | str]:
        """The sessions that hold what it waits for; a process that is none of them is named, as `process 123`."""
        found = WaitsFor(self._stage.blockers(self.wait) if self.waiting else ())
        found.picture = self._stage.picture()
        return found

    @property
    def lock(self) -> str:
        """The lock that it waits for, such as `ShareLock on transactionid for a row of public.users`; else empty."""
        return self.wait.lock if self.waiting and self.wait else ""

    @property
    def error(self) -> psycopg.Error | None:
        """What it failed with; None: it waits, or has ended well."""
        return self.outcome if not self.waiting and isinstance(self.outcome, psycopg.Error) else None

    @property
    def sqlstate(self) -> str | None:
        """The code of what it failed with: `40P01` a deadlock, `40001` a serialization failure, `23505` ..."""
        return self.error.sqlstate if self.error else None

    def result(self) -> Answer:
        """Return what it came to.

        Raises:
            psycopg.Error: It failed; a `pgassay.runtime.StatementError`, and psycopg's own class at once.
            SessionError: It waits, so another session must go on first; every session's state is shown.
        """
        self._stage.settle()
        match self.outcome:
            case None:
                raise self._stage.error(
                    f"{self.session.name} still waits, so there is no result",
                    hint='let the session that it waits for end its transaction; "start" where a wait is expected',
                )
            case Answer() as answer:
                return answer
            case error:
                raise error.with_traceback(None)

    @property
    def state(self) -> str:
        """How it stands, in words."""
        match self.outcome:
            case None:
                return self._stage.describe(self.wait)
            case Answer() as answer:
                return f"ended: {answer.tag}"
            case error:
                return f"failed: {str(error).partition(chr(10))[0]}"

    def __repr__(self) -> str:
        return f"<{self.session.name}: {shorten(shown(self.statement))}: {self.state}>"
