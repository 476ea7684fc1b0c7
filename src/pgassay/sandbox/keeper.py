"""Sessions of our own in a template and its copies: nothing that the project sets for a database reaches them.

What stands in the connection string wins over ALTER DATABASE and ALTER ROLE. Without it a database whose sessions
become another role, only read, or end when they idle could not be brought back; and a login trigger (17 and later)
would see us log in, and write of it what no template holds.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, LiteralString

import psycopg

from pgassay.runtime.liveness import is_alive
from pgassay.sandbox.sessions import Opening
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

# Nothing that we do may be stopped by what a test has set for its own sessions, or fire what a test has made.
_FOR_CHANGES = (
    "-c session_replication_role=replica -c search_path=pg_catalog,pg_temp -c synchronous_commit=off"
    " -c lock_timeout=5s -c application_name=pgassay"
)


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
    return server.connect(dbname, options=_options(server, superuser=superuser))


class Keeper:
    """A superuser's session in a copy, begun when the copy is made, and waited for when the copy comes back.

    Args:
        server: Where.
        dbname: The copy.
    """

    def __init__(self, server: Server, dbname: str) -> None:
        self._server = server
        where = server.at(dbname)
        options = f"{where.get('options')} {_options(server, superuser=True)} {_FOR_CHANGES}"
        self._opening = Opening(where.with_(options=options))
        self._connection: psycopg.Connection[Any] | None = None

    @cached_property
    def session(self) -> psycopg.Connection[Any]:
        """The session, in autocommit.

        Raises:
            ServerError: It cannot be had.
        """
        connection = self._connection = psycopg.Connection(self._opening.finish())
        connection.autocommit = True
        self._server.refuse_stranger(connection)
        return connection

    @property
    def pid(self) -> int:
        """Its server process."""
        return self.session.info.backend_pid

    @property
    def is_alive(self) -> bool:
        """Whether it is there, or will be."""
        return not self._opening.is_lost if self._connection is None else is_alive(self._connection)

    def close(self) -> None:
        """Close it, however far it is."""
        if self._connection is None:
            self._opening.give_up()
        else:
            self._connection.close()


def _options(server: Server, *, superuser: bool) -> str:
    said = _OWN | (_OWN_FROM_17 if server.major >= 17 else {})
    allowed = said.keys() if superuser else said.keys() - _FOR_SUPERUSERS
    return " ".join(f"-c {name}={said[name]}" for name in said if name in allowed)
