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
    run  text NOT NULL,   -- the run's directory; empty: made to outlast its run; kept after a failure: a second line
                          -- names the project
    host text NOT NULL,   -- where that directory is
    made timestamptz NOT NULL DEFAULT now()
)
"""

_ADD: LiteralString = "INSERT INTO public.pgassay_databases (name, run, host) VALUES (%s, %s, %s)"

_REMOVE: LiteralString = "DELETE FROM public.pgassay_databases WHERE name = %s"

_HAS: LiteralString = "SELECT FROM public.pgassay_databases WHERE name = %s"

_KEEP: LiteralString = """
INSERT INTO public.pgassay_databases (name, run, host)
VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET run = excluded.run, host = excluded.host, made = now()
"""

_KEPT: LiteralString = "SELECT name, run FROM public.pgassay_databases WHERE host = %s AND strpos(run, chr(10)) > 0"

# Of a run on another machine only its age is known: a day is longer than any run. What was kept after a failure has an
# hour from then on.
_SUSPECTS: LiteralString = """
SELECT name,
       run,
       host = %s AS here,
       made < now() - interval '1 hour' AS shown
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
    return [name for name, run, here, shown in rows if not here or _is_over(run, shown=shown)]


def keep(connection: Connection, name: str, *, run: str, project: str) -> None:
    """Write down that a failed test's database outlives its run: for an hour, or until the project keeps another.

    Args:
        connection: To the maintenance database.
        name: The database.
        run: The run's directory.
        project: The project's directory.
    """
    connection.execute(_KEEP, [name, f"{run}\n{project}", socket.gethostname()])


def kept_before(connection: Connection, project: str) -> list[str]:
    """Return the databases that earlier runs of a project have kept, those in progress left out."""
    rows = [(name, *run.split("\n", 1)) for name, run in connection.execute(_KEPT, [socket.gethostname()])]
    return [name for name, run, kept_for in rows if kept_for == project and not is_alive(Path(run))]


def _is_over(run: str, *, shown: bool) -> bool:
    """Tell whether a run on this machine is dead, and what it has kept has been there for long enough."""
    directory, _, project = run.partition("\n")
    return not is_alive(Path(directory)) and (shown or not project)
