"""A server that somebody else runs: used only when it is marked as scratch, and never when it is the target's."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError, UsageError
from pgassay.servers.binaries import MAJORS
from pgassay.servers.registry import create_registry
from pgassay.servers.server import CONNECT_TIMEOUT, SCRATCH_DATABASE, Server, connect

Connection = psycopg.Connection[tuple[Any, ...]]

# What of libpq's environment would send a URL elsewhere than it says; the rest (PGPASSFILE, PGSSLROOTCERT) stays.
_NOWHERE_ELSE = {"hostaddr": "", "options": " ", "target_session_attrs": "any", "client_encoding": "UTF8"}
_TARGET_DEFAULTS = {"hostaddr": "", "options": "", "connect_timeout": "10"}  # seconds, as `target` has them
_AT_A_TIME = 8  # targets that are asked at the same time which server they are on
_LOCAL = {"", "localhost", "127.0.0.1", "::1"}

# The marking database with its owner as seen by the role that asks, and what that role may do.
_LOOK: LiteralString = """
SELECT current_setting('server_version_num')::int / 10000 AS major,
       split_part(current_setting('server_version'), ' ', 1) AS version,
       session_user::text AS role,
       r.rolsuper OR r.rolcreatedb AS may_create,
       (SELECT o.rolname::text
          FROM pg_database d
          JOIN pg_roles o ON o.oid = d.datdba
         WHERE d.datname = 'pgassay_scratch') AS marked_by,
       (SELECT shobj_description(d.oid, 'pg_database')
          FROM pg_database d
         WHERE d.datname = 'pgassay_scratch') AS mark
  FROM pg_roles r
 WHERE r.rolname = session_user
"""

# To the microsecond: no two servers share it, all copies and standbys of one differ in it, and everybody may read it.
_STARTED: LiteralString = "SELECT pg_catalog.pg_postmaster_start_time()::text"

_DATABASES: LiteralString = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"
_ROLES: LiteralString = r"SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\_%' ORDER BY 1"


@dataclass(frozen=True)
class Contents:
    """What is on a server: for whoever decides whether it may be used.

    Attributes:
        version: Of the server.
        role: The role that asks.
        databases: Every database but templates.
        roles: Every role but PostgreSQL's own.
        marked: Whether the mark is there already.
    """

    version: str
    role: str
    databases: tuple[str, ...]
    roles: tuple[str, ...]
    marked: bool


@dataclass(frozen=True)
class _Look:
    major: int
    version: str
    role: str
    may_create: bool
    marked_by: str | None
    mark: str | None


_never: list[Conninfo] = []


def never_use(targets: Sequence[Conninfo]) -> None:
    """Refuse targets' servers for as long as this process lives, whoever names one as a scratch server.

    Raises:
        UsageError: One cannot be parsed, so nobody could tell which server it is.
    """
    for target in targets:
        _ = target.parameters
    _never.extend(targets)


def look_at(conninfo: Conninfo) -> Contents:
    """Tell what is on a server.

    Raises:
        UsageError: More than one server is named.
        ServerError: It cannot be reached.
    """
    with _open(conninfo) as connection:
        look = _look(connection)
        databases, roles = (tuple(str(name) for (name,) in connection.execute(q)) for q in (_DATABASES, _ROLES))
    return Contents(look.version, look.role, databases, roles, look.marked_by == look.role)


def mark_scratch(conninfo: Conninfo, targets: Sequence[Conninfo] = ()) -> None:
    """Mark a server as one on which pgassay may make and drop databases; nothing where it is marked.

    Args:
        conninfo: The server.
        targets: The databases that are only looked at; their servers are refused before anything is written.

    Raises:
        UsageError: More than one server is named.
        ServerError: It cannot be reached, it is a target's, the role may not create databases, or another role has
            marked it.
    """
    with _open(conninfo) as connection:
        look = _check(connection, conninfo, targets)
        database = sql.Identifier(SCRATCH_DATABASE)
        if look.marked_by is None:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(database))
        if not look.mark:
            mark = sql.Literal(f"pgassay scratch server {secrets.token_hex(8)}")
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, mark))
    with _open(conninfo.with_(dbname=SCRATCH_DATABASE)) as connection:
        create_registry(connection)


def require_scratch(conninfo: Conninfo, targets: Sequence[Conninfo] = ()) -> Server:
    """Return the server at a URL, when it may be used.

    Args:
        conninfo: The URL.
        targets: The databases that are only looked at; their servers are never used.

    Raises:
        UsageError: More than one server is named.
        ServerError: It cannot be reached, is not marked, is of another major than 14 to 18, or is a target's.
    """
    with _open(conninfo) as connection:
        look = _check(connection, conninfo, targets)
        if look.marked_by is None or not look.mark:
            command = f"pgassay server mark {shlex.quote(conninfo.without_secrets().url)}"
            raise ServerError(
                f"the server at {conninfo.redacted} is not marked as a scratch server",
                hint=f"if databases may be made and dropped there: {command}",
            )
    return Server(
        conninfo=_explicit(conninfo).with_(dbname=SCRATCH_DATABASE),
        major=look.major,
        version=look.version,
        source="url",
        private=False,
        mark=look.mark,
        description=f"PostgreSQL {look.version} at {conninfo.redacted}",
    )


def refuse_twice(servers: Sequence[Conninfo]) -> None:
    """Raise UsageError where two URLs lead to one server: its workers would only seem to be spread."""
    seen: dict[tuple[str, str], Conninfo] = {}
    for server in servers:
        earlier = seen.setdefault(_place(server.get("host"), server.get("port")), server)
        if earlier is not server:
            raise UsageError(
                f"one scratch server is named twice: {earlier.redacted} and {server.redacted}",
                hint="name each server once",
            )


def same_server(one: Connection, other: Conninfo) -> bool:
    """Tell whether an open connection and a connection string lead to one server.

    Where the other cannot be asked, the names of host and port decide.
    """
    explicit = other.with_(**{**_TARGET_DEFAULTS, **other.parameters})
    try:
        with psycopg.connect(explicit.dsn, autocommit=True, prepare_threshold=None) as there:
            return one.execute(_STARTED).fetchone() == there.execute(_STARTED).fetchone()
    except psycopg.Error:
        info = one.info
        return _place(info.host, str(info.port)) == _place(other.get("host"), other.get("port"))


def _open(conninfo: Conninfo) -> Connection:
    _refuse_several(conninfo)
    return connect(_explicit(conninfo))


def _explicit(conninfo: Conninfo) -> Conninfo:
    defaults = {**_NOWHERE_ELSE, "connect_timeout": str(CONNECT_TIMEOUT)}
    return conninfo.with_(**{**defaults, **conninfo.parameters})


def _look(connection: Connection) -> _Look:
    row = connection.execute(_LOOK).fetchone()
    assert row is not None  # the role that asks is there
    return _Look(*row)


def _check(connection: Connection, conninfo: Conninfo, targets: Sequence[Conninfo]) -> _Look:
    """Return what the server is, when nothing but its mark may be missing."""
    look = _look(connection)
    _refuse_unfit(look, conninfo)
    with ThreadPoolExecutor(_AT_A_TIME) as executor:  # some of thousands may take their time to be refused
        list(executor.map(partial(_refuse_target, conninfo, connection), (*_never, *targets)))
    if look.marked_by not in {None, look.role}:
        raise _someone_elses(look, conninfo)
    return look


def _refuse_several(conninfo: Conninfo) -> None:
    if "," in conninfo.get("host") + conninfo.get("hostaddr") + conninfo.get("port"):
        raise UsageError(f"more than one scratch server is named ({conninfo.redacted})", hint="name one")


def _refuse_unfit(look: _Look, conninfo: Conninfo) -> None:
    if look.major not in MAJORS:
        raise ServerError(
            f"the server at {conninfo.redacted} is PostgreSQL {look.version}, which pgassay does not work with",
            hint=f"choose one of {', '.join(map(str, MAJORS))}",
        )
    if not look.may_create:
        raise ServerError(
            f'the role "{look.role}" may not create databases at {conninfo.redacted}',
            hint=f"as a superuser: ALTER ROLE {sql.Identifier(look.role).as_string()} CREATEDB;",
        )


def _refuse_target(conninfo: Conninfo, connection: Connection, target: Conninfo) -> None:
    if same_server(connection, target):
        raise ServerError(
            f"the scratch server {conninfo.redacted} is the server of the target ({target.redacted}), "
            "on which nothing is ever made",
            hint="name another server, or --assay-server auto",
        )


def _someone_elses(look: _Look, conninfo: Conninfo) -> ServerError:
    return ServerError(
        f'the database "{SCRATCH_DATABASE}" at {conninfo.redacted} belongs to "{look.marked_by}", '
        f'and the connection is made as "{look.role}"',
        hint=f'connect as "{look.marked_by}"',
    )


def _place(host: str, port: str) -> tuple[str, str]:
    return ("localhost" if host in _LOCAL else host, port or "5432")
