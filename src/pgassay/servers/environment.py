"""The environment: what of it libpq or PostgreSQL would take up by itself reaches none of our programs and sessions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# PostgreSQL's programs read these without the prefix.
_OTHERS = frozenset({"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "LC_ALL", "LANGUAGE"})
# libpq sends these as settings, and there is no parameter that could say otherwise. A transaction-mode pooler makes the
# first two the settings of a session that it lends to others, and refuses a client that sends the third.
_SENT_BY_LIBPQ = ("PGTZ", "PGDATESTYLE", "PGGEQO")

_hiding = Lock()  # two threads that hide and restore would lose what the first has hidden
_hidden: dict[str, str] = {}
_opening: list[None] = []  # one for each connection that is being opened


def without_libpq(**more: str) -> dict[str, str]:
    """Return a copy of the environment without PGHOST, PGDATA and the other PG* variables.

    pgassay's own variables stay: they begin with PGASSAY_.

    Args:
        more: Variables to add.
    """
    kept = {k: v for k, v in os.environ.items() if not _is_libpq(k) and k not in _OTHERS}
    return {**kept, "LC_MESSAGES": "C", **more}


@contextmanager
def silent_start() -> Iterator[None]:
    """Hide from libpq what it would send by itself; for as long as any connection is being opened.

    Nobody waits for somebody else's connection: a host that does not answer would hold up all others.
    """
    with _hiding:
        _opening.append(None)
        _hidden.update({name: os.environ.pop(name) for name in _SENT_BY_LIBPQ if name in os.environ})
    try:
        yield
    finally:
        with _hiding:
            _opening.pop()
            if not _opening:
                os.environ.update(_hidden)
                _hidden.clear()


def _is_libpq(name: str) -> bool:
    return name.startswith("PG") and not name.startswith("PGASSAY_")
