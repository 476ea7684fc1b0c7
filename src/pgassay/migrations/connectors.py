"""The two places that migrations run: a database on a scratch server, and the database behind a URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError, ServerError
from pgassay.migrations.send import Connection
from pgassay.migrations.session import act_as, start
from pgassay.servers.environment import silent_start
from pgassay.servers.server import Server, service_hint

APPLICATION = "pgassay migrate"
CONNECT_TIMEOUT = 10  # seconds, where the URL names none; services that sleep take their time to wake up
_UNREACHABLE = "look whether the URL (--database, else DATABASE_URL) is right, and whether the server runs"

_IS_SUPERUSER: LiteralString = "SELECT rolsuper FROM pg_roles WHERE rolname = session_user"
# Where a pooler reaches the server by a socket its connection has no port; the socket's name has the setting's.
_BEHIND: LiteralString = "SELECT pg_backend_pid(), coalesce(inet_server_port(), current_setting('port')::int)"
_MAY_LOG_IN: LiteralString = """
SELECT rolcanlogin AND has_database_privilege(oid, current_database(), 'CONNECT')
  FROM pg_roles
 WHERE rolname = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConnector:
    """Open sessions on a database of a scratch server.

    Attributes:
        server: The server.
        dbname: The database on it.
        owner: The role that runs migrations; None: the server's own role.
    """

    server: Server
    dbname: str
    owner: str | None = None

    def as_owner(self) -> Connection:
        """Log in as the owner where it may log in; else become it.

        Raises:
            ServerError: The server cannot be reached.
            MigrationError: There is no such role, or it cannot be had.
        """
        session = self._open()
        if self.owner is None:
            return session
        try:
            if self.server.private and _may_log_in(session, self.owner):
                session.close()
                return self._open(self.owner)
            act_as(session, self.owner, authorization=_is_superuser(session))
        except BaseException:
            session.close()
            raise
        return session

    def as_superuser(self) -> Connection | None:
        """Open a session of the server's own role; None where that is no superuser.

        Raises:
            ServerError: The server cannot be reached.
        """
        return _only_superuser(self._open())

    def _open(self, user: str | None = None) -> Connection:
        return _begun(self.server.connect(self.dbname, user=user))


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlConnector:
    """Open sessions on the database behind a URL, as its role, or as the owner that this role is a member of.

    Attributes:
        conninfo: The database.
        owner: The role that runs migrations; None: the URL's own.
    """

    conninfo: Conninfo
    owner: str | None = None

    def as_owner(self) -> Connection:
        """Log in as the URL's role, and SET ROLE to the owner.

        Raises:
            ServerError: The database cannot be reached.
            MigrationError: The owner role cannot be had, or a connection pooler is in between.
        """
        session = self._open()
        if self.owner is not None:
            try:
                act_as(session, self.owner, authorization=False)
            except BaseException:
                session.close()
                raise
        return session

    def as_superuser(self) -> Connection | None:
        """Log in as the URL's role; None where that is no superuser.

        Raises:
            ServerError: The database cannot be reached.
        """
        return _only_superuser(self._open())

    def _open(self) -> Connection:
        where = _explicit(self.conninfo)
        try:
            with silent_start():
                session = psycopg.connect(where.dsn, autocommit=True)
        except psycopg.Error as error:
            reason = where.redact(str(error).strip())
            raise ServerError(
                f"cannot connect to {where.redacted}: {reason}", hint=service_hint(reason) or _UNREACHABLE
            ) from None
        return _begun(session)


def _explicit(conninfo: Conninfo) -> Conninfo:
    """Let the URL's word hold: what a migration does must not depend on the surroundings of who runs it.

    PGHOSTADDR would lead to another server than the host that is named.
    """
    defaults = {
        "fallback_application_name": APPLICATION,
        "connect_timeout": str(CONNECT_TIMEOUT),
        "options": "",
        **({"hostaddr": ""} if conninfo.get("host") else {}),
    }
    return conninfo.with_(**{**defaults, **conninfo.parameters})


def _begun(session: Connection) -> Connection:
    """Make the first clean start, if the session is ours alone."""
    try:
        _refuse_pooler(session)
        start(session)
    except BaseException:
        session.close()
        raise
    return session


def _refuse_pooler(connection: Connection) -> None:
    """Refuse a server process that is another than the one which answered at the connection's start.

    In a pooler's transaction mode the role and the settings that we choose would stay for whoever comes next, and the
    runners' lock would be taken in a session that others share. So this comes before the first SET.
    """
    row = connection.execute(_BEHIND).fetchone()
    if row is None or row[0] == connection.info.backend_pid:
        return
    raise MigrationError(
        "a connection pooler is between pgassay and the server: migrations need a session of their own",
        hint=f"give the server's own port, not the pooler's (the server behind it listens on port {row[1]})",
    )


def _only_superuser(session: Connection) -> Connection | None:
    if _is_superuser(session):
        return session
    session.close()
    return None


def _is_superuser(connection: Connection) -> bool:
    row = connection.execute(_IS_SUPERUSER).fetchone()
    return row is not None and bool(row[0])


def _may_log_in(connection: Connection, role: str) -> bool:
    row = connection.execute(_MAY_LOG_IN, [role]).fetchone()
    return row is not None and bool(row[0])
