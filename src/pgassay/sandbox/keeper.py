"""Sessions of our own in a template and its copies: nothing that the project sets for a database reaches them.

What stands in the connection string wins over ALTER DATABASE and ALTER ROLE. Without it a database whose sessions
become another role, only read, or end when they idle could not be brought back; and a login trigger (17 and later)
would see us log in, and write of it what no template holds.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from pgassay.servers.server import Server

_IS_SUPERUSER: LiteralString = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"

_OWN = {
    "role": "none",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read\\ committed",
    "row_security": "off",  # an error is better than rows that are missing
    "statement_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_OWN_FROM_17 = {"event_triggers": "off", "transaction_timeout": "0"}
_FOR_SUPERUSERS = frozenset({"event_triggers"})


def is_superuser(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a session's role is a superuser, who alone sees everything and can undo everything."""
    return connection.execute(_IS_SUPERUSER).fetchone() == (True,)


def open_keeper(server: Server, dbname: str, *, superuser: bool) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a session in autocommit that is as PostgreSQL would have it.

    Args:
        server: Where.
        dbname: The template, or the copy.
        superuser: Whether the server's role is one; others may not say everything.

    Raises:
        ServerError: It cannot be had.
    """
    said = _OWN | (_OWN_FROM_17 if server.major >= 17 else {})
    allowed = said.keys() if superuser else said.keys() - _FOR_SUPERUSERS
    return server.connect(dbname, options=" ".join(f"-c {name}={said[name]}" for name in said if name in allowed))
