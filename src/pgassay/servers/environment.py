"""The environment that programs of ours are started in: nothing that libpq or PostgreSQL would take up by itself."""

from __future__ import annotations

import os

# PostgreSQL's programs read these without the prefix.
_OTHERS = frozenset({"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "LC_ALL", "LANGUAGE"})


def without_libpq(**more: str) -> dict[str, str]:
    """Return a copy of the environment without PGHOST, PGDATA and the other PG* variables.

    pgassay's own variables stay: they begin with PGASSAY_.

    Args:
        more: Variables to add.
    """
    kept = {k: v for k, v in os.environ.items() if not _is_libpq(k) and k not in _OTHERS}
    return {**kept, "LC_MESSAGES": "C", **more}


def _is_libpq(name: str) -> bool:
    return name.startswith("PG") and not name.startswith("PGASSAY_")
