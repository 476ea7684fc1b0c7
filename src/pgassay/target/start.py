"""A connection's start that says nothing of the surroundings: a pooler would keep it for its next client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# libpq sends these as settings, and there is no parameter that could say otherwise. A transaction-mode pooler makes the
# first two the settings of a session that it lends to others, and refuses a client that sends the third.
SENT_BY_LIBPQ = ("PGTZ", "PGDATESTYLE", "PGGEQO")

_lock = Lock()  # two threads that hide and restore would lose what the first has hidden


@contextmanager
def silent_start() -> Iterator[None]:
    """Hide from libpq what it would send by itself; for as long as a connection is being opened."""
    with _lock:
        hidden = {name: os.environ.pop(name) for name in SENT_BY_LIBPQ if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)
