"""Drop databases beside the pool's work: half of what a copy costs, and nobody waits for it."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import psycopg

from pgassay.errors import PgassayError
from pgassay.runtime.liveness import is_alive
from pgassay.servers.databases import drop_database
from pgassay.servers.server import Server

_LEAVING = 10.0  # seconds that the thread may take to end


class Disposal:
    """Drops databases, in a thread and over a session that it has from the first one on.

    Args:
        server: Where they are.
        notices: Where to say what a person should be told: what could not be dropped is left to the next run.
    """

    def __init__(self, server: Server, notices: list[str]) -> None:
        self._notices = notices
        self._server = server
        self._names: deque[str] = deque()
        self._busy = self._closed = False
        self._changed = threading.Condition()  # guards all of the above
        self._thread: threading.Thread | None = None
        self._connection: psycopg.Connection[Any] | None = None

    def add(self, name: str) -> None:
        """Have a database dropped, soon."""
        with self._changed:
            self._names.append(name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pgassay-disposal", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def __len__(self) -> int:
        """Return how many are still there."""
        return len(self._names) + self._busy

    def settle(self, seconds: float) -> None:
        """Wait until all have been dropped, so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: not len(self), seconds)

    def close(self, *, drop: bool) -> None:
        """End the thread.

        Args:
            drop: Drop what is still there, for the server goes on without us.
        """
        with self._changed:
            self._closed = True
            if not drop:
                self._names.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_LEAVING)

    def _run(self) -> None:
        while (name := self._next()) is not None:
            try:
                drop_database(self._server, name, connection=self._session())
            except (psycopg.Error, PgassayError) as error:
                self._notices.append(f'the database "{name}" could not be dropped: {error}')
        if self._connection is not None:
            self._connection.close()

    def _session(self) -> psycopg.Connection[Any]:
        if self._connection is None or not is_alive(self._connection):
            self._connection = self._server.connect()
        return self._connection

    def _next(self) -> str | None:
        """Say that the last one is gone, and wait for another; None: it is over."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._names or self._closed)
            if not self._names:
                return None
            self._busy = True
            return self._names.popleft()
