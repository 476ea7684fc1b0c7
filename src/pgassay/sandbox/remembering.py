"""The last statements of a database, for whoever looks at it after a failure."""

from __future__ import annotations

from collections import deque
from typing import Any

import psycopg

from pgassay.runtime.logs import Recorder
from pgassay.runtime.masking import shorten
from pgassay.runtime.statements import shown

_LAST = 5


class Remembering(Recorder):
    """A recorder that remembers what was executed last, too."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._last: deque[tuple[Any, psycopg.Error | None]] = deque(maxlen=_LAST)

    def record(
        self, query: Any, parameters: Any, seconds: float, *, rows: int = -1, error: psycopg.Error | None = None
    ) -> None:
        """Tell of one statement, and remember it."""
        self._last.append((query, error))
        super().record(query, parameters, seconds, rows=rows, error=error)

    def last_statements(self) -> list[str]:
        """Return the last statements, the last one at the end, without parameters and passwords."""
        return [f"{shorten(shown(query))}{_outcome(error)}" for query, error in list(self._last)]


def _outcome(error: psycopg.Error | None) -> str:
    return "" if error is None else f"  -- failed: {error.sqlstate or type(error).__name__}"
