"""Pausing Python's collector of cyclic garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Let the collector rest: again and again it would go through a hundred thousand records without a cycle.

    Where two threads pause it, the first one that is done wakes it: that costs the other one time, and nothing else.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _age()
        gc.enable()


def _age() -> None:
    """Count what was made in the meantime as old: else it would be gone through at once, which takes a tenth as long.

    To freeze and unfreeze only joins the collector's lists. Where somebody has frozen objects, these stay as they are.
    """
    if gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()
