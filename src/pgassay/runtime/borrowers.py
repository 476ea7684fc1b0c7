"""Who holds the connections of a pool, and since when: what an error says when there are none left."""

from __future__ import annotations

from time import monotonic
from typing import Any


class Borrowers:
    """Remembers each lent connection's holder. Each step is one operation on a dictionary, so threads need no lock."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[object, float]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def lent(self, connection: Any, holder: object) -> None:
        """Note that somebody has a connection from now on."""
        self._held[id(connection)] = (holder, monotonic())

    def returned(self, connection: Any) -> None:
        """Note that a connection is back."""
        self._held.pop(id(connection), None)

    def longest(self) -> tuple[object, float] | None:
        """Return who has held a connection for longest, and for how many seconds; None where nobody holds one."""
        held = list(self._held.values())
        if not held:
            return None
        holder, since = min(held, key=lambda entry: entry[1])
        return holder, monotonic() - since
