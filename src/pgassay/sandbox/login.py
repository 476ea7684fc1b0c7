"""How somebody acts as a role in a scratch database: by logging in, or, where the role cannot, by becoming it."""

from __future__ import annotations

from difflib import get_close_matches

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime.addresses import acting_as
from pgassay.servers.server import Server

_MAY_LOG_IN = """
SELECT rolcanlogin AND has_database_privilege(oid, %s::text, 'CONNECT')
  FROM pg_roles
 WHERE rolname = %s
"""
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname"
_SHOWN = 10  # roles that an error names


def role_conninfo(server: Server, dbname: str, role: str | None) -> Conninfo:
    """Return a connection string that acts as a role, for any driver and any program.

    Args:
        server: The server.
        dbname: The database on it.
        role: The role; None: the server's own.

    Raises:
        UsageError: There is no such role.
    """
    if role is None or role == server.conninfo.get("user"):
        return server.at(dbname)
    with server.connect() as connection:
        found = connection.execute(_MAY_LOG_IN, [dbname, role]).fetchone()
        if found is None:
            raise _unknown(role, [name for (name,) in connection.execute(_ROLES)])
    if server.private and found == (True,):  # only a server of ours lets a role in without a password of its own
        return server.at(dbname, user=role)
    return acting_as(server.at(dbname), role)


def _unknown(role: str, known: list[str]) -> UsageError:
    near = get_close_matches(role, known)
    there = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known[:_SHOWN])}"
    return UsageError(
        f'there is no role "{role}" to act as', hint=f"roles are made by schema/init or a migration; {there}"
    )
