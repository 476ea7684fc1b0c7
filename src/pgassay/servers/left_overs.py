"""Drop what dead runs have left on a server that outlives its runs, and templates that nobody needs any more."""

from __future__ import annotations

from pgassay.servers.databases import drop_database
from pgassay.servers.name_lock import Connection, try_name
from pgassay.servers.registry import left_over, try_unused
from pgassay.servers.server import Server


def drop_left_overs(server: Server) -> list[str]:
    """Drop the databases of dead runs, and the templates that no run has used for a day; return the names.

    Raises:
        ServerError: PostgreSQL refused.
    """
    with server.connect() as connection:
        return [name for name in left_over(connection) if _drop_alone(server, connection, name)]


def _drop_alone(server: Server, connection: Connection, name: str) -> bool:
    """Drop one, unless another run does so at this moment, has done so, or uses the template."""
    with try_name(connection, name) as mine, try_unused(connection, name) as unused:
        if not (mine and unused and left_over(connection, name)):
            return False
        drop_database(server, name)
        return True
