"""What a session waits for, as the server tells another one: the lock, and who holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

# pg_blocking_pids knows of locks, pg_safe_snapshot_blocking_pids of SERIALIZABLE READ ONLY DEFERRABLE. Who waits for a
# row waits for the transaction that wrote it, and holds a lock on the row meanwhile: that one tells the table.
_WAITS = """
SELECT a.pid,
       pg_blocking_pids(a.pid) || pg_safe_snapshot_blocking_pids(a.pid),
       w.mode,
       w.locktype,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       extract(epoch FROM clock_timestamp() - w.waitstart)::float8,
       concat_ws(':', a.wait_event_type, a.wait_event)
  FROM pg_stat_activity AS a
  LEFT JOIN pg_locks AS w ON w.pid = a.pid AND NOT w.granted
  LEFT JOIN pg_locks AS h ON h.pid = a.pid AND h.granted AND h.locktype = 'tuple'
  LEFT JOIN pg_class AS c ON c.oid = coalesce(w.relation, h.relation)
  LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.pid = ANY (%s)
"""
_SNAPSHOT = "IPC:SafeSnapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What the server says of one session.

    Attributes:
        blockers: The processes that it waits for; empty: it waits for no lock.
        mode: The lock that it wants, such as `ShareLock`; empty: none.
        lock_type: What that is on, as in pg_locks: relation, tuple, transactionid, advisory, ...
        relation: The table, qualified, where there is one.
        seconds: For how long it has waited for the lock; None: it has only just begun, or waits for none.
        event: What it waits for otherwise, such as `Timeout:PgSleep`.
    """

    blockers: frozenset[int]
    mode: str
    lock_type: str
    relation: str
    seconds: float | None
    event: str

    @property
    def for_snapshot(self) -> bool:
        """Whether it waits for a snapshot that no serialization failure can reach, which is no lock."""
        return self.event == _SNAPSHOT

    @property
    def lock(self) -> str:
        """The lock in words: `ShareLock on transactionid, for a row of public.users`."""
        if self.for_snapshot:
            return "a safe snapshot"
        row = " for a row of " if self.lock_type == "transactionid" else " "
        return f"{self.mode} on {self.lock_type}" + (f"{row}{self.relation}" if self.relation else "")


def read_waits(monitor: psycopg.Connection[Any], processes: Iterable[int]) -> Mapping[int, Wait]:
    """Ask what some processes wait for.

    Args:
        monitor: A session that is none of them.
        processes: Their numbers.
    """
    rows = monitor.execute(_WAITS, [list(processes)]).fetchall()
    return {
        pid: Wait(
            blockers=frozenset(blockers),
            mode=mode or "",
            lock_type=lock_type or "",
            relation=relation or "",
            seconds=seconds,
            event=event,
        )
        for pid, blockers, mode, lock_type, relation, seconds, event in rows
    }
