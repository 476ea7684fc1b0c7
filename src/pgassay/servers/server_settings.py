"""The settings of our servers: the one place where they stand, and part of every hash that depends on a server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from pgassay.servers.binaries import Binaries
from pgassay.servers.container.image import Image

PRELOAD = "pg_stat_statements"  # what is preloaded where nothing else is asked for

# A throwaway server never recovers from a crash, so nothing waits for a disk; and nothing may happen by itself.
BASE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # its workers sit in databases that shall be dropped, and write
    "jit": "off",
    "wal_level": "replica",  # the WAL tells what a test has touched
    "wal_keep_size": "64MB",
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",  # memory is what a run has least of
    "max_prepared_transactions": "64",  # two-phase commit can be tested
    "track_commit_timestamp": "on",  # which roles are younger than a test
    "max_connections": "500",  # pools of 20 for each of many workers
    "max_locks_per_transaction": "256",  # a schema of thousands of tables is dropped in one transaction
    "huge_pages": "off",
    "ssl": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",  # errors are shown as they are searched for
    "logging_collector": "off",  # everything goes to the one log file
    "log_destination": "stderr",
    "log_lock_waits": "on",  # with who holds the lock: when a statement fails, nobody waits any more
    "log_line_prefix": "%m [%p] %d ",
}

INITDB = (
    "--username=postgres",
    "--encoding=UTF8",
    "--auth=trust",
    "--no-sync",
    "--no-instructions",
    "--wal-segsize=1",  # MB; 16 would make the smallest server several times its own size
)


def server_settings(origin: Binaries | Image, preload: tuple[str, ...] | None) -> dict[str, str]:
    """Return the settings of a server.

    Args:
        origin: The PostgreSQL that will serve.
        preload: `shared_preload_libraries`; None: pg_stat_statements where its library exists.
    """
    if preload is None:
        preload = (PRELOAD,) if PRELOAD in origin.libraries else ()
    return {**BASE, "shared_preload_libraries": ", ".join(preload)}


def initdb_options(origin: Binaries | Image, lc_ctype: str) -> tuple[str, ...]:
    """Return initdb's options: order by bytes, characters as `lc_ctype` knows them, no checksums."""
    checksums = ("--no-data-checksums",) if (origin.major or 0) >= 18 else ()
    return (*INITDB, "--locale=C", f"--lc-ctype={lc_ctype}", *checksums)


def settings_hash(origin: Binaries | Image, settings: Mapping[str, str]) -> str:
    """Return a hash over the version, initdb's options and the settings: what a server's behaviour depends on."""
    facts = [*origin.identity, initdb_options(origin, ""), sorted(settings.items())]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def as_configuration(settings: Mapping[str, str]) -> str:
    """Return lines for postgresql.conf."""
    return "".join(f"{name} = {quote(value)}\n" for name, value in settings.items())


def quote(value: str) -> str:
    """Quote a value for postgresql.conf.

    >>> quote("it's")
    "'it''s'"
    """
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
