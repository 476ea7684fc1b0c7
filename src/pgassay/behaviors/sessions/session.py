"""One session: it is sent a statement, and asked from time to time whether that has ended."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import ClientCursor, pq
from psycopg.pq import ExecStatus, TransactionStatus

from pgassay.behaviors.sessions.answer import Answer, answer_of, error_of
from pgassay.behaviors.sessions.step import Step
from pgassay.runtime.masking import shorten
from pgassay.runtime.statements import shown, statement_text

if TYPE_CHECKING:
    from pgassay.behaviors.sessions.stage import Stage

_COPY = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH})
_FAILED = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE})
_STATES = {
    TransactionStatus.IDLE: "idle",
    TransactionStatus.INTRANS: "idle in transaction",
    TransactionStatus.INERROR: "idle in a transaction that failed",
    TransactionStatus.ACTIVE: "runs",
}


class Session:
    """A session, in autocommit: its transactions begin and end with the BEGIN and COMMIT that it is sent.

    Attributes:
        name: `session 1`, in the order in which they were opened.
        process: Its process on the server.
        step: Its last statement; None: it has had none.
        has_looked: Whether it waits for a lock, and its look for a deadlock is over.

    Args:
        stage: Where the other sessions are.
        connection: Its own, in autocommit.
        name: What it is called.
    """

    def __init__(self, stage: Stage, connection: psycopg.Connection[Any], name: str) -> None:
        self.name = name
        self.process = connection.info.backend_pid
        self.step: Step | None = None
        self.has_looked = False
        self.connection = connection
        connection.add_notice_handler(self._hear)
        self._stage = stage
        self._last: pq.abc.PGresult | None = None

    def run(self, query: Any, parameters: Any = None) -> Answer:
        """Execute a statement that must not wait, and return what it came to.

        Args:
            query: SQL, one statement or several; text or composed.
            parameters: Values for `%s` or `%(name)s`, as psycopg takes them; None: `%` is just a character.

        Raises:
            psycopg.Error: It failed; a `pgassay.runtime.StatementError`, and psycopg's own class at once.
            SessionError: It waits for another session; every session's state is shown.
        """
        return self.start(query, parameters).result()

    def start(self, query: Any, parameters: Any = None) -> Step:
        """Send a statement, and return when it has ended or is seen to wait.

        Args:
            query: As for `run`.
            parameters: As for `run`.

        Raises:
            SessionError: The session is still within another statement, or within the limit this one neither ends
                nor waits for a lock.
        """
        self._stage.settle()
        if self.busy:
            raise self._stage.error(
                f"{self.name} cannot be sent a statement while it waits",
                hint="let the session that it waits for end its transaction first",
            )
        cursor = ClientCursor(self.connection)
        text = statement_text(query, self.connection) if parameters is None else cursor.mogrify(query, parameters)
        self.step, self.has_looked = Step(self._stage, self, text), False
        self.connection.pgconn.send_query(text.encode(self.connection.info.encoding))
        self._stage.settle()
        return self.step

    @property
    def busy(self) -> bool:
        """Whether a statement has not ended."""
        return self.step is not None and self.step.outcome is None

    @property
    def state(self) -> str:
        """How it stands, in words, with its last statement."""
        if self.step is None:
            return "idle"
        statement = shorten(shown(self.step.statement))
        if self.busy:
            return f"{self.step.state}; in: {statement}"
        status = _STATES.get(self.connection.info.transaction_status, "closed")
        return f"{status}; after: {statement}; {self.step.state}"

    def look(self) -> None:
        """Take what has arrived, without waiting for more."""
        step, libpq = self.step, self.connection.pgconn
        assert step is not None
        try:
            libpq.flush()
            libpq.consume_input()
            while not libpq.is_busy():
                if (result := libpq.get_result()) is None:
                    step.outcome = self._outcome(step)
                    return
                self._take(result)
        except psycopg.OperationalError as lost:
            step.outcome = lost

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        """Note what ProcSleep() of src/backend/storage/lmgr/proc.c says: still waiting, or acquired."""
        if notice.source_function == "ProcSleep":
            self.has_looked = " still waiting for " in (notice.message_primary or "")

    def _take(self, result: pq.abc.PGresult) -> None:
        """Keep the last of several results; after an error there is no other."""
        if result.status in _COPY:  # libpq would give it again and again
            self.connection.pgconn.finish()
            raise psycopg.OperationalError("COPY from or to the client cannot be a step; the session is closed")
        self._last = result

    def _outcome(self, step: Step) -> Answer | psycopg.Error:
        result, self._last = self._last, None
        assert result is not None
        if result.status in _FAILED:
            return error_of(result, self.connection, step.statement, self._stage.names)
        return answer_of(result, self.connection)

    def close(self) -> None:
        """Roll back and disconnect; a statement that waits is cancelled."""
        if self.busy:
            with suppress(psycopg.Error):  # the server may be gone
                self.connection.pgconn.get_cancel().cancel()
        self.connection.close()

    def __repr__(self) -> str:
        return self.name
