"""Who holds the connections of a pool, since when, and who waits: what an error says when there are none left."""

from __future__ import annotations

from time import monotonic
from typing import Any


class Borrowers:
    """Remembers each lent connection's holder, and who waits for one.

    Each step is one operation on a dictionary or a set, so threads need no lock.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[object, float]] = {}
        self._waiting: set[_Wait] = set()

    @property
    def waiting(self) -> int:
        """How many wait; a pool goes on counting those who have gone, until it has a connection to give."""
        return len(self._waiting)

    def wait(self) -> _Wait:
        """Return a block in which somebody waits for a connection."""
        return _Wait(self._waiting)

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


class _Wait:
    __slots__ = ("_all",)

    def __init__(self, all_waiting: set[_Wait]) -> None:
        self._all = all_waiting

    def __enter__(self) -> None:
        self._all.add(self)

    def __exit__(self, *_: object) -> None:
        self._all.discard(self)
