"""A scratch server: where it is, and how to reach the databases on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pgassay.conninfo import Conninfo, neutral_parameters
from pgassay.errors import ServerError

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT = 2  # seconds; our servers are on this machine


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL on which databases may be created and dropped.

    Attributes:
        conninfo: The superuser's (for a URL: its role's) connection to the maintenance database.
        major: 14 to 18.
        version: The full version, such as `15.18`.
        source: `local`, `embedded` or `url`.
        private: Whether we started it, so that its roles are ours alone.
        mark: The value of `cluster_name` on a server of ours, compared after connecting; empty for a URL.
        description: One line for people: version, source, medium.
    """

    conninfo: Conninfo
    major: int
    version: str
    source: str
    private: bool
    mark: str
    description: str

    def at(self, dbname: str, *, user: str | None = None) -> Conninfo:
        """Return the connection string of a database on this server, naming every libpq parameter."""
        neutral = neutral_parameters() if self.private else {}
        chosen = {"dbname": dbname, "connect_timeout": str(CONNECT_TIMEOUT), **neutral}
        if user is not None:
            chosen["user"] = user
        return self.conninfo.with_(**chosen)

    def connect(self, dbname: str | None = None, *, user: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session in autocommit, and make sure that it reached this very server.

        Args:
            dbname: The database; default: the maintenance database.
            user: The role that logs in; default: the superuser.

        Raises:
            ServerError: It cannot be reached, or something else answered.
        """
        import psycopg

        where = self.at(dbname or self.conninfo.get("dbname", "postgres"), user=user)
        try:
            connection = psycopg.connect(where.dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise ServerError(
                f"cannot connect to the scratch server ({where.redacted}): {where.redact(str(error).strip())}"
            ) from None
        self._refuse_stranger(connection)
        return connection

    def _refuse_stranger(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """PGHOSTADDR and its like can redirect a connection: what answers must carry our mark."""
        if not self.mark:
            return
        row = connection.execute("SELECT current_setting('cluster_name')").fetchone()
        if row != (self.mark,):
            connection.close()
            raise ServerError(
                "another server than the one that was started answered",
                hint="look for PGHOSTADDR, PGSERVICE or a proxy in the environment",
            )
