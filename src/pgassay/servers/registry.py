"""On a server that outlives its run: which databases are ours, and which of them a dead run has left.

The list is a table in the maintenance database and not a comment on each database, because comments are part of what
is compared, and a migration may write one of its own.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from pgassay.servers.name_lock import key_of, try_name
from pgassay.servers.places import user_id
from pgassay.servers.rundir import is_alive

Connection = psycopg.Connection[tuple[Any, ...]]

_CREATE: LiteralString = """
CREATE TABLE IF NOT EXISTS public.pgassay_databases (
    name text PRIMARY KEY,
    run  text NOT NULL,   -- the run's directory; empty: a template, which outlasts its run; kept after a failure: a
                          -- second line names the project
    host text NOT NULL,   -- where that directory can be seen
    made timestamptz NOT NULL DEFAULT now()   -- of a template: when a run last took it up
)
"""

# The lock on what it is a copy of comes along, so that it costs a copy nothing.
_ADD: LiteralString = """
INSERT INTO public.pgassay_databases (name, run, host)
SELECT %s, %s, %s FROM pg_advisory_lock_shared(%s)
"""

_REMOVE: LiteralString = "DELETE FROM public.pgassay_databases WHERE name = %s"

_HAS: LiteralString = "SELECT FROM public.pgassay_databases WHERE name = %s"

_TAKE_UP: LiteralString = "UPDATE public.pgassay_databases SET run = '', made = now() WHERE name = %s"

# A column that tables of earlier versions lack.
_FACTS: LiteralString = "ALTER TABLE public.pgassay_databases ADD COLUMN IF NOT EXISTS facts text"
# Whoever opens a template, or makes another database of its name, changes the row in pg_database.
_NOTE: LiteralString = """
UPDATE public.pgassay_databases AS r
   SET facts = concat_ws(' ', d.oid, d.xmin, %s::text)
  FROM pg_database AS d
 WHERE d.datname = r.name
   AND r.name = %s
"""
_NOTED: LiteralString = """
SELECT substr(r.facts, length(w.word) + 1)
  FROM pg_database AS d
  JOIN public.pgassay_databases AS r ON r.name = d.datname,
       LATERAL concat(d.oid, ' ', d.xmin, ' ') AS w (word)
 WHERE d.datname = %s
   AND starts_with(r.facts, w.word)
"""

_KEEP: LiteralString = """
INSERT INTO public.pgassay_databases (name, run, host)
VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET run = excluded.run, host = excluded.host, made = now()
"""

_KEPT: LiteralString = "SELECT name, run FROM public.pgassay_databases WHERE host = %s AND strpos(run, chr(10)) > 0"

# Of a run in another place only its age is known: a day is longer than any run. So long is a template kept after the
# last run that took it up; whoever copies one holds a lock on it, and keeps it in use (`register`) while its session
# lives. What was kept after a failure has an hour.
_SUSPECTS: LiteralString = """
SELECT name,
       run,
       run <> '' AND host = %(here)s AS here,
       made < now() - interval '1 hour' AS shown
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


def register(connection: Connection, name: str, *, run: str, template: str) -> None:
    """Write down that a database is about to be made, and that the session makes copies of a template.

    For as long as the session lives the template is in use (`try_unused`), however long ago it was taken up.
    """
    connection.execute(_ADD, [name, run, this_place(), key_of(_in_use(template))])


def stay_in_use(connection: Connection, template: str) -> None:
    """Let the session make copies of a template that an earlier one of the same process made copies of."""
    connection.execute("SELECT pg_advisory_lock_shared(%s)", [key_of(_in_use(template))])


def try_unused(connection: Connection, template: str) -> AbstractContextManager[bool]:
    """Keep sessions from making copies of a template, if none that lives has made any; give whether it is so."""
    return try_name(connection, _in_use(template))


def unregister(connection: Connection, name: str) -> None:
    """Forget a database that is not there any more."""
    connection.execute(_REMOVE, [name])


def take_up(connection: Connection, name: str) -> None:
    """Write down that a run uses a finished template now: it outlasts the run, and is kept for another day."""
    connection.execute(_TAKE_UP, [name])


def note_facts(connection: Connection, name: str, facts: str) -> None:
    """Write down what is known of a finished template."""
    connection.execute(_FACTS)
    connection.execute(_NOTE, [facts, name])


def read_facts(connection: Connection, name: str) -> str | None:
    """Return what was written down of a finished template; None: nothing, or it has been altered since."""
    with suppress(psycopg.errors.UndefinedColumn):  # an earlier version's table
        row = connection.execute(_NOTED, [name]).fetchone()
        return row[0] if row is not None else None
    return None


def is_registered(connection: Connection, name: str) -> bool:
    """Tell whether pgassay made a database."""
    return connection.execute(_HAS, [name]).fetchone() is not None


def left_over(connection: Connection, name: str | None = None) -> list[str]:
    """Return the databases whose runs are dead, and the templates that no run has taken up for a day.

    A template among them may still be in use (`try_unused`).

    Args:
        connection: To the maintenance database.
        name: Look at this one alone.
    """
    rows = connection.execute(_SUSPECTS, {"here": this_place(), "name": name}).fetchall()
    return [found for found, run, here, shown in rows if not here or _is_over(run, shown=shown)]


@cache
def this_place() -> str:
    """Name the place in which the directories of this process's runs can be seen: a user's, on a host, in a container.

    A host's name alone does not tell: containers and virtual machines may share one. A run that is taken for dead,
    because its directory is not to be seen from here, would lose its databases.
    """
    return " ".join((socket.gethostname(), str(user_id()), *_kernel()))


def _in_use(template: str) -> str:
    return f"{template} is in use"


def _kernel() -> Iterator[str]:
    """Yield what tells a boot of a machine and a container's view of its files from all others; on Linux."""
    with suppress(OSError):
        yield Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        yield str(Path("/proc/self/ns/mnt").readlink())


def keep(connection: Connection, name: str, *, run: str, project: str) -> None:
    """Write down that a failed test's database outlives its run: for an hour, or until the project keeps another.

    Args:
        connection: To the maintenance database.
        name: The database.
        run: The run's directory.
        project: The project's directory.
    """
    connection.execute(_KEEP, [name, f"{run}\n{project}", this_place()])


def kept_before(connection: Connection, project: str) -> list[str]:
    """Return the databases that earlier runs of a project have kept, those in progress left out."""
    rows = [(name, *run.split("\n", 1)) for name, run in connection.execute(_KEPT, [this_place()])]
    return [name for name, run, kept_for in rows if kept_for == project and not is_alive(Path(run))]


def _is_over(run: str, *, shown: bool) -> bool:
    """Tell whether a run on this machine is dead, and what it has kept has been there for long enough."""
    directory, _, project = run.partition("\n")
    return not is_alive(Path(directory)) and (shown or not project)
