"""What is at hand of one order, and how much of it shall be."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from pgassay.sandbox.spare import Order, Spare

_WINDOW = 32  # databases handed out, after which a look is taken at how many were never needed
_BUSY = 2.0  # load per core above which nothing more than before is made ahead


@dataclass(slots=True)
class Shelf:
    """The databases of one order that are at hand.

    Attributes:
        order: What they are.
        ready: They themselves, in the order in which they came.
        wanted: How many shall be at hand, or on their way.
        waiting: How many tests wait.
        coming: How many are on their way.
        errors: What those who wait are to be told.
        failed: Whether the last one could not be made.
        lowest: How many were never needed of late.
        taken: How many were handed out of late.
    """

    order: Order
    ready: list[Spare] = field(default_factory=list)
    wanted: int = 1
    waiting: int = 0
    coming: int = 0
    errors: deque[BaseException] = field(default_factory=deque)
    failed: bool = False
    lowest: int = 0
    taken: int = 0

    @property
    def lacks(self) -> bool:
        """Whether somebody waits for one that is not on its way, and has not been told why not."""
        return self.waiting > len(self.ready) + self.coming + len(self.errors)

    @property
    def is_low(self) -> bool:
        """Whether fewer are at hand, or on their way, than are wanted."""
        return len(self.ready) + self.coming < self.wanted

    def pop(self) -> Spare | None:
        """Return the one that a test waits for least: one whose session is open, else the one that came first."""
        if not self.ready:
            return None
        spare = next((spare for spare in self.ready if spare.handed is not None), self.ready[0])
        self.ready.remove(spare)
        return spare

    def pop_undressed(self) -> Spare | None:
        """Return one whose session is open, so that nothing but making what is handed out is left.

        Who waits does that himself, and hears of it where the session was refused.
        """
        spare = None if self.waiting else next((spare for spare in self.ready if spare.is_open), None)
        if spare is not None:
            self.ready.remove(spare)
        return spare

    def note_demand(self, most: int) -> Spare | None:
        """Have more at hand where a test must wait, fewer where some were never needed; return one that is too many.

        Args:
            most: How many there may be.
        """
        at_hand = len(self.ready)
        if not at_hand and self.taken and not _is_busy():
            self.wanted = min(self.wanted + 1, most)
        self.lowest = min(self.lowest, at_hand) if self.taken % _WINDOW else at_hand
        self.taken += 1
        self.failed = False
        if self.taken % _WINDOW == 0 and self.lowest > 1 and self.wanted > 1:
            self.wanted -= 1
            return self.ready.pop(0)
        return None


def _is_busy() -> bool:
    """Tell whether the machine has more to do than it can, where it says so."""
    with suppress(AttributeError, OSError):  # Windows does not
        return os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)
    return False
