"""On a server that outlives its run: which databases are ours, and which of them a dead run has left.

The list is a table in the maintenance database and not a comment on each database, because comments are part of what
is compared, and a migration may write one of its own.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from pgassay.servers.rundir import is_alive

Connection = psycopg.Connection[tuple[Any, ...]]

_CREATE: LiteralString = """
CREATE TABLE IF NOT EXISTS public.pgassay_databases (
    name text PRIMARY KEY,
    run  text NOT NULL,   -- the run's directory; empty: made to outlast its run
    host text NOT NULL,   -- where that directory is
    made timestamptz NOT NULL DEFAULT now()
)
"""

_ADD: LiteralString = "INSERT INTO public.pgassay_databases (name, run, host) VALUES (%s, %s, %s)"

_REMOVE: LiteralString = "DELETE FROM public.pgassay_databases WHERE name = %s"

_HAS: LiteralString = "SELECT FROM public.pgassay_databases WHERE name = %s"

# Of a run on another machine only its age is known: a day is longer than any run.
_SUSPECTS: LiteralString = """
SELECT name,
       run,
       host = %s AS here
  FROM public.pgassay_databases
 WHERE run <> ''
   AND (host = %s OR made < now() - interval '1 day')
   AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = name AND host <> %s)
"""


def create_registry(connection: Connection) -> None:
    """Make the table, unless it is there."""
    connection.execute(_CREATE)


def register(connection: Connection, name: str, *, run: str) -> None:
    """Write down that a database is about to be made."""
    connection.execute(_ADD, [name, run, socket.gethostname()])


def unregister(connection: Connection, name: str) -> None:
    """Forget a database that is not there any more."""
    connection.execute(_REMOVE, [name])


def is_registered(connection: Connection, name: str) -> bool:
    """Tell whether pgassay made a database."""
    return connection.execute(_HAS, [name]).fetchone() is not None


def left_over(connection: Connection) -> list[str]:
    """Return the databases whose runs are dead."""
    host = socket.gethostname()
    rows = connection.execute(_SUSPECTS, [host, host, host]).fetchall()
    return [name for name, run, here in rows if not here or not is_alive(Path(run))]
