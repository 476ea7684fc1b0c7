"""On a server that outlives its run: which databases are ours, and which of them a dead run has left.

The list is a table in the maintenance database and not a comment on each database, because comments are part of what
is compared, and a migration may write one of its own.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from pgassay.servers.places import user_id
from pgassay.servers.rundir import is_alive

Connection = psycopg.Connection[tuple[Any, ...]]

_CREATE: LiteralString = """
CREATE TABLE IF NOT EXISTS public.pgassay_databases (
    name text PRIMARY KEY,
    run  text NOT NULL,   -- the run's directory; empty: a template, which outlasts its run
    host text NOT NULL,   -- where that directory can be seen
    made timestamptz NOT NULL DEFAULT now()   -- of a template: when a run last took it up
)
"""

_ADD: LiteralString = "INSERT INTO public.pgassay_databases (name, run, host) VALUES (%s, %s, %s)"

_REMOVE: LiteralString = "DELETE FROM public.pgassay_databases WHERE name = %s"

_HAS: LiteralString = "SELECT FROM public.pgassay_databases WHERE name = %s"

_TAKE_UP: LiteralString = "UPDATE public.pgassay_databases SET run = '', made = now() WHERE name = %s"

# Of a run in another place only its age is known: a day is longer than any run. So long is a template kept after the
# last run that took it up; whoever copies one holds a lock on it.
_SUSPECTS: LiteralString = """
SELECT name,
       run,
       run <> '' AND host = %(here)s AS here
  FROM public.pgassay_databases
 WHERE (name = %(name)s OR %(name)s::text IS NULL)
   AND ((run <> '' AND host = %(here)s) OR made < now() - interval '1 day')
   AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = name AND host <> %(here)s)
   AND NOT EXISTS (
           SELECT FROM pg_locks AS lock
             JOIN pg_database AS d ON d.oid = lock.objid
            WHERE lock.classid = 'pg_database'::regclass
              AND d.datname = name
              AND run = ''
       )
"""


def create_registry(connection: Connection) -> None:
    """Make the table, unless it is there."""
    connection.execute(_CREATE)


def register(connection: Connection, name: str, *, run: str) -> None:
    """Write down that a database is about to be made."""
    connection.execute(_ADD, [name, run, this_place()])


def unregister(connection: Connection, name: str) -> None:
    """Forget a database that is not there any more."""
    connection.execute(_REMOVE, [name])


def take_up(connection: Connection, name: str) -> None:
    """Write down that a run uses a finished template now: it outlasts the run, and is kept for another day."""
    connection.execute(_TAKE_UP, [name])


def is_registered(connection: Connection, name: str) -> bool:
    """Tell whether pgassay made a database."""
    return connection.execute(_HAS, [name]).fetchone() is not None


def left_over(connection: Connection, name: str | None = None) -> list[str]:
    """Return the databases whose runs are dead, and the templates that no run has taken up for a day.

    Args:
        connection: To the maintenance database.
        name: Look at this one alone.
    """
    rows = connection.execute(_SUSPECTS, {"here": this_place(), "name": name}).fetchall()
    return [found for found, run, here in rows if not here or not is_alive(Path(run))]


@cache
def this_place() -> str:
    """Name the place in which the directories of this process's runs can be seen: a user's, on a host, in a container.

    A host's name alone does not tell: containers and virtual machines may share one. A run that is taken for dead,
    because its directory is not to be seen from here, would lose its databases.
    """
    return " ".join((socket.gethostname(), str(user_id()), *_kernel()))


def _kernel() -> Iterator[str]:
    """Yield what tells a boot of a machine and a container's view of its files from all others; on Linux."""
    with suppress(OSError):
        yield Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        yield str(Path("/proc/self/ns/mnt").readlink())
