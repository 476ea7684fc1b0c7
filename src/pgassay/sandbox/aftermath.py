"""What there is to see of a database when its test has failed: open sessions, last statements, the server's log.

Looking changes nothing, takes a few seconds at most, and never raises: what goes wrong is one line among the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from pgassay.runtime.masking import shorten, without_passwords
from pgassay.servers.failed import Way
from pgassay.servers.server import Server

MOST_SESSIONS = 20
MOST_LOG_LINES = 12
_TAIL = 256 * 1024  # bytes of the log that are looked through
_TIMEOUT = "SET statement_timeout = '2s'"

# Blockers are looked for only where somebody waits for a lock: the look takes the lock manager's own.
_SESSIONS: LiteralString = """
SELECT pid,
       coalesce(usename, '') AS role,
       coalesce(application_name, '') AS application,
       coalesce(state, 'unknown to this role') AS state,
       coalesce(wait_event_type, '') AS wait_type,
       coalesce(wait_event, '') AS wait,
       CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blockers,
       extract(epoch FROM clock_timestamp() - coalesce(state_change, backend_start))::float8 AS seconds,
       coalesce(query, '') AS query
  FROM pg_stat_activity
 WHERE datname = %s
   AND backend_type = 'client backend'
   AND pid <> pg_backend_pid()
   AND application_name <> 'pgassay' -- our own, which looks after the database
   AND (state <> 'idle' OR query <> '') -- one that was opened ahead, and not used
 ORDER BY backend_start
"""

# The server shows the first 1,024 bytes of a statement, which may end within a password.
_CUT_PASSWORD = re.compile(r"(\bpassword\s+)(?:e?'|\$\w*\$)[^']*\Z", re.IGNORECASE)

# As "%m [%p] %d " writes it: time to the millisecond with its zone, process, database.
_PREFIX = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \S+ \[\d+\] (\S*) ")


@dataclass(frozen=True, slots=True)
class Session:
    """A session on a database, as it is at this moment.

    Attributes:
        pid: Its process on the server.
        role: Who logged in.
        application: Its application_name.
        state: `active`, `idle`, `idle in transaction`, ...
        wait_type: What kind of thing it waits for; empty: it does not.
        wait: What it waits for.
        blockers: The processes that hold the lock that it waits for.
        seconds: How long it has been in this state.
        query: Its last statement.
    """

    pid: int
    role: str
    application: str
    state: str
    wait_type: str
    wait: str
    blockers: list[int]
    seconds: float
    query: str

    @property
    def text(self) -> str:
        """Lines for people, without passwords that SQL gives to roles."""
        who = " ".join(part for part in (self.role, f"({self.application})" if self.application else "") if part)
        waits = f", waits for {self.wait_type}: {self.wait}" if self.wait_type not in {"", "Client"} else ""
        blocked = f", blocked by {', '.join(map(str, self.blockers))}" if self.blockers else ""
        whole = _CUT_PASSWORD.sub(r"\1***", without_passwords(self.query))
        said = shorten(" ".join(whole.split())) or "(nothing yet)"
        return f"  {self.pid} {who}: {self.state} for {self.seconds:.1f} s{waits}{blocked}\n      {said}"


def account(server: Server, name: str, *, since: datetime, way: Way | str, statements: Sequence[str] = ()) -> str:
    """Say what there is to see of a database, and how it is reached afterwards.

    Args:
        server: Where it is.
        name: The database.
        since: When the test was given it; the log before that is somebody else's.
        way: How it is reached when it is kept; else why it is not.
        statements: What was executed last, as far as we know.

    Returns:
        Lines without passwords.
    """
    kept = [f"kept: {way.url}", f"    {way.psql}", f"to stop: {way.stop}"] if isinstance(way, Way) else [way]
    where = f"PostgreSQL {server.version}, {server.source}" if server.private else server.description
    try:
        seen = list(_look(server, name, since))
    except Exception as error:  # a failing test must not fail of this
        seen = [f"its server could not be asked: {str(error).splitlines()[0] if str(error) else type(error).__name__}"]
    last = ["last statements:", *(f"  {statement}" for statement in statements)] if statements else []
    return server.conninfo.redact("\n".join([f"database {name} ({where})", *kept, *last, *seen]))


def _look(server: Server, name: str, since: datetime) -> Iterator[str]:
    with server.connect() as connection:
        connection.execute(_TIMEOUT)
        sessions = sessions_on(connection, name)
        log = _log_of(server, connection)
    yield f"open sessions: {len(sessions) or 'none'}"
    yield from (session.text for session in sessions[:MOST_SESSIONS])
    if len(sessions) > MOST_SESSIONS:
        yield f"  and {len(sessions) - MOST_SESSIONS} more"
    if log is not None and (lines := log_lines(log, name, since=since)):
        yield "the server's log:"
        yield from (f"  {line}" for line in lines)


def sessions_on(connection: psycopg.Connection[tuple[object, ...]], name: str) -> list[Session]:
    """Return the sessions on a database, the oldest first; of other roles' ones only a superuser sees all."""
    with connection.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(_SESSIONS, [name]).fetchall()


def log_lines(log: Path, name: str, *, since: datetime) -> list[str]:
    """Return the last lines of a server's log that concern a database, without passwords that SQL gives to roles.

    Args:
        log: The log of a server of ours, whose prefix says when and where.
        name: The database.
        since: Lines from before are left out.
    """
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        text = file.read().decode(errors="replace")
    lines = list(_concerning(text.splitlines(), name, since.astimezone(UTC).isoformat(" ", "milliseconds")[:23]))
    return without_passwords("\n".join(lines)).splitlines()[-MOST_LOG_LINES:]


def _concerning(lines: Iterable[str], name: str, since: str) -> Iterator[str]:
    """Yield a database's lines; one without a prefix goes on with the one before."""
    concerns = False
    for line in lines:
        prefix = _PREFIX.match(line)
        if prefix is not None:
            concerns = prefix[2] == name and prefix[1] >= since
        if concerns:
            yield line


def _log_of(server: Server, connection: psycopg.Connection[tuple[object, ...]]) -> Path | None:
    """Return the log beside the data directory of a server of ours; one in a container has none that we could read."""
    if not server.private or server.source not in {"local", "embedded"}:
        return None
    row = connection.execute("SHOW data_directory").fetchone()
    log = Path(str(row[0])).parent / "log" if row else None
    return log if log is not None and log.is_file() else None
