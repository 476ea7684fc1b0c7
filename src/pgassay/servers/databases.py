"""Make and drop databases on a scratch server; nothing that pgassay did not make is ever dropped."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.errors import ServerError
from pgassay.servers.cluster_wide import insist, take_turns
from pgassay.servers.registry import is_registered, register, unregister
from pgassay.servers.server import Server

PREFIX = "pgassay_"
LONGEST_NAME = 63  # bytes, NAMEDATALEN - 1
LEAVING_PATIENCE = 5.0  # seconds for ended sessions to be gone
_POLL = 0.002  # seconds; DROP ... WITH (FORCE) polls in steps of 0.1

_NO_ROOM = (
    "make room where the server's data lies (/dev/shm where it has room, else TMPDIR), run fewer workers, or seed less"
)

Connection = psycopg.Connection[tuple[Any, ...]]

# Those that we may end: on somebody else's server there are also autovacuum's (no role), which DROP ends by itself.
_END_SESSIONS: LiteralString = """
SELECT count(pg_terminate_backend(pid))
  FROM pg_stat_activity
 WHERE datname = %s
   AND pg_has_role(usesysid, 'MEMBER')
"""

_COUNT_SESSIONS: LiteralString = """
SELECT count(*)
  FROM pg_stat_activity
 WHERE datname = %s
   AND usesysid IS NOT NULL
"""

# An interrupted DROP DATABASE leaves one that can only be dropped.
_IS_VALID: LiteralString = """
SELECT datconnlimit <> -2
  FROM pg_database
 WHERE datname = %s
"""

_IS_CLOSED: LiteralString = """
SELECT NOT datallowconn
  FROM pg_database
 WHERE datname = %s
"""

_PREPARED: LiteralString = """
SELECT gid
  FROM pg_prepared_xacts
 WHERE database = %s
"""

_SUBSCRIPTIONS: LiteralString = """
SELECT s.subname
  FROM pg_subscription AS s
  JOIN pg_database AS d ON d.oid = s.subdbid
 WHERE d.datname = %s
"""

_UNSUBSCRIBE: tuple[LiteralString, ...] = (
    "ALTER SUBSCRIPTION {} DISABLE",
    "ALTER SUBSCRIPTION {} SET (slot_name = NONE)",
    "DROP SUBSCRIPTION {}",
)

_WHO_MAY_LOG_IN: LiteralString = "SELECT rolname FROM pg_roles WHERE rolcanlogin"


def scratch_name(purpose: str, server: Server | None = None) -> str:
    """Return a name that no other database has: pgassay_<purpose>_<run>_<time>_<unique>, at most 63 bytes.

    For people: who looks at a server that several runs share sees whose a database is, and how old (UTC).

    Args:
        purpose: A word.
        server: Where it will be, which knows the run; without one the name says nothing of it.
    """
    now = f"{datetime.now(UTC):%Y%m%d_%H%M%S}"
    run = server.run_word if server is not None else ""
    unique = "_".join(filter(None, (run, now, secrets.token_hex(6))))
    room = LONGEST_NAME - len(PREFIX) - len(unique) - 1
    slug = re.sub(r"[^a-z0-9]+", "_", purpose.lower()).strip("_")[:room].strip("_") or "db"
    return f"{PREFIX}{slug}_{unique}"


def create_database(
    server: Server,
    name: str,
    *,
    template: str = "template0",
    owner: str | None = None,
    encoding: str | None = None,
    locale: str | None = None,
    strategy: str = "file_copy",
    connection: Connection | None = None,
) -> None:
    """Make a database.

    Args:
        server: Where.
        name: Begins with `pgassay_` (`scratch_name`).
        template: The database to copy; template0 is the only one that nobody has filled. One of ours is not collected
            (`drop_left_overs`) for as long as the session lives.
        owner: Its owner; default: the server's superuser.
        encoding: Default: UTF8 from template0, else the template's.
        locale: Default: the template's. A template other than template0 allows no other.
        strategy: How the template is copied, from PostgreSQL 15 on: file_copy is the faster one in memory, and writes
            1 kB of WAL instead of 4 MB; or wal_log.
        connection: A session in the maintenance database to do it over; default: one for this alone.

    Raises:
        ServerError: The name is not one of ours, or PostgreSQL refused.
    """
    check_name(name)
    if encoding is None and template == "template0":
        encoding = "UTF8"
    options: list[sql.Composable] = [sql.SQL("TEMPLATE {}").format(sql.Identifier(template))]
    if owner is not None:
        options.append(sql.SQL("OWNER {}").format(sql.Identifier(owner)))
    if encoding is not None:
        options.append(sql.SQL("ENCODING {}").format(sql.Literal(encoding)))
    if locale is not None:
        options.append(sql.SQL("LOCALE {}").format(sql.Literal(locale)))
    if server.major >= 15:
        options.append(sql.SQL("STRATEGY {}").format(sql.Literal(strategy)))
    statement = sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options))
    with _admin(server, connection) as admin:
        if server.run:
            register(admin, name, run=server.run, template=template)
        try:
            admin.execute(statement)
        except psycopg.Error as error:
            if server.run and not _exists(admin, name):
                unregister(admin, name)
            raise _error("create", name, server, error) from error


def drop_database(server: Server, name: str, *, connection: Connection | None = None) -> None:
    """End a database's sessions, wait until they have gone, and drop it; nothing where it is not there.

    Args:
        server: Where.
        name: Begins with `pgassay_`.
        connection: A session in the maintenance database to do it over; default: one for this alone.

    Raises:
        ServerError: The name is not one of ours, or PostgreSQL refused.
    """
    check_name(name)
    with _admin(server, connection) as admin:
        if _exists(admin, name):
            _drop(server, admin, name)
        if server.run:
            unregister(admin, name)


def let_roles_log_in(server: Server) -> None:
    """Give every role that may log in the run's password, on a server of ours that listens on TCP.

    There a password is asked for, and `Server.at(user=...)` carries that one. On a socket nothing is needed.
    """
    password = server.conninfo.get("password")
    if not (server.private and password):
        return
    with server.connect() as connection, take_turns(connection):
        connection.execute("SET lock_timeout = 0")  # assay_lock_timeout is for tests; one may be altering a role
        for (role,) in connection.execute(_WHO_MAY_LOG_IN).fetchall():
            # Only the verifier is sent: pg_stat_statements and the log keep statements.
            verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
            with suppress(psycopg.errors.UndefinedObject):  # a test may have dropped it meanwhile
                insist(partial(connection.execute, statement))


def database_exists(server: Server, name: str) -> bool:
    """Tell whether a database is there."""
    with server.connect() as connection:
        return _exists(connection, name)


def check_name(name: str) -> None:
    """Raise ServerError unless the name is one that we may make and drop."""
    if not name.startswith(PREFIX) or len(name.encode()) > LONGEST_NAME:
        raise ServerError(
            f'"{name}" is not the name of a scratch database',
            hint=f"such names begin with {PREFIX} and have at most {LONGEST_NAME} bytes",
        )


def _admin(server: Server, connection: Connection | None) -> AbstractContextManager[Connection]:
    return server.connect() if connection is None else nullcontext(connection)


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: Server, connection: Connection, name: str) -> None:
    if server.run and not is_registered(connection, name):
        raise ServerError(
            f'the database "{name}" on {server.description} was not made by pgassay, so it is not dropped',
            hint="rename it, or drop it yourself: names that begin with pgassay_ are taken",
        )
    try:
        _let_go(server, connection, name)
        _close(connection, name)
        insist(partial(connection.execute, sql.SQL("DROP DATABASE {}").format(sql.Identifier(name))))
    except psycopg.Error as error:
        raise _error("drop", name, server, error) from error


def _let_go(server: Server, connection: Connection, name: str) -> None:
    """Undo what holds a database without a session: subscriptions, prepared transactions (DROP would wait 5 s).

    They can only be undone from within, by a superuser or by whose they are. A slot at the other end stays there.
    """
    prepared = connection.execute(_PREPARED, [name]).fetchall()
    subscriptions = connection.execute(_SUBSCRIPTIONS, [name]).fetchall()
    if not (prepared or subscriptions):
        return
    if connection.execute(_IS_CLOSED, [name]).fetchone() == (True,):  # else a prepared ALTER of it would be waited for
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))
    with server.connect(name) as inside:
        for (gid,) in prepared:
            inside.execute(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(gid)))
        for (subscription,) in subscriptions:
            for statement in _UNSUBSCRIBE:
                inside.execute(sql.SQL(statement).format(sql.Identifier(subscription)))


def _close(connection: Connection, name: str) -> None:
    """See everybody out, and let nobody in any more."""
    connection.execute(_END_SESSIONS, [name])  # first: one that has altered the database itself would be waited for
    valid = connection.execute(_IS_VALID, [name]).fetchone() == (True,)
    if valid:  # altering the other kind ends our session (FATAL)
        closing = sql.SQL("ALTER DATABASE {} IS_TEMPLATE false ALLOW_CONNECTIONS false")
        insist(partial(connection.execute, closing.format(sql.Identifier(name))))
    deadline = time.monotonic() + LEAVING_PATIENCE
    while connection.execute(_COUNT_SESSIONS, [name]).fetchone() != (0,) and time.monotonic() < deadline:
        time.sleep(_POLL)
        connection.execute(_END_SESSIONS, [name])  # who was on the way in when the door was closed


def _error(verb: str, name: str, server: Server, error: psycopg.Error) -> ServerError:
    said = error.diag.message_primary or str(error).strip()
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    return ServerError(
        f'cannot {verb} the database "{name}" on {server.description}: {said}{detail}',
        hint=_NO_ROOM if isinstance(error, psycopg.errors.DiskFull) else None,
        sqlstate=error.sqlstate,
    )
