"""How somebody acts as a role in a scratch database: by logging in, or, where the role cannot, by becoming it."""

from __future__ import annotations

from pgassay.conninfo import Conninfo
from pgassay.runtime.database import acting_as
from pgassay.servers.server import Server

_MAY_LOG_IN = """
SELECT rolcanlogin AND has_database_privilege(oid, %s::text, 'CONNECT')
  FROM pg_roles
 WHERE rolname = %s
"""


def role_conninfo(server: Server, dbname: str, role: str | None) -> Conninfo:
    """Return a connection string that acts as a role, for any driver and any program.

    Args:
        server: The server.
        dbname: The database on it.
        role: The role; None: the server's own.
    """
    if role is None or role == server.conninfo.get("user"):
        return server.at(dbname)
    if _may_log_in(server, dbname, role):
        return server.at(dbname, user=role)
    return acting_as(server.at(dbname), role)


def _may_log_in(server: Server, dbname: str, role: str) -> bool:
    """Only a server of ours lets a role in without a password of its own."""
    if not server.private:
        return False
    with server.connect() as connection:
        return connection.execute(_MAY_LOG_IN, [dbname, role]).fetchone() == (True,)
