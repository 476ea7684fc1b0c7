"""A scratch server: where it is, and how to reach the databases on it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgassay.conninfo import Conninfo, neutral_parameters
from pgassay.errors import ServerError
from pgassay.servers.environment import silent_start

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT = 2  # seconds; our servers are on this machine
SCRATCH_DATABASE = "pgassay_scratch"  # what marks a server at a URL as one for scratch databases
_UNREACHABLE = "look whether it runs, and whether its URL is right; or say --assay-server auto"

FULL = re.compile("too many clients|too many connections|connection slots are reserved")
_LET_GO = (
    "max_connections is reached: close what tests leave open, run fewer workers or smaller pools, or raise it on a "
    "server of your own"
)

# A server of ours is known by its cluster_name, one at a URL by the comment on the database that marks it; both can be
# read in every database, by every role.
_OUR_MARK = "SELECT current_setting('cluster_name')"
_URL_MARK = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'pgassay_scratch'"


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL on which databases may be created and dropped.

    Attributes:
        conninfo: The superuser's (for a URL: its role's) connection to the maintenance database.
        major: 14 to 18.
        version: The full version, such as `15.18`.
        source: `local`, `embedded`, `docker` or `url`.
        private: Whether we started it, so that its roles are ours alone.
        mark: What tells that a connection reached this server: `cluster_name` on a server of ours, for a URL the
            comment on its `pgassay_scratch`. Compared after each connect.
        description: One line for people: version, source, medium.
        run: The run's directory, where the server outlives the run: databases made on it are then registered, so that
            a later run can remove what a dead one left. Empty where the server goes with its run.
    """

    conninfo: Conninfo
    major: int
    version: str
    source: str
    private: bool
    mark: str
    description: str
    run: str = ""

    @property
    def run_word(self) -> str:
        """What tells the run from others, for names: `94b70944` of the run `r-94b70944`; empty: it is in none."""
        name = Path(self.run).name if self.run else self.mark  # a server of a run's own is marked with the run's name
        found = re.match(r"[a-z]-([0-9a-f]+)", name)
        return found[1] if found else ""

    def at(self, dbname: str, *, user: str | None = None) -> Conninfo:
        """Return the connection string of a database on this server, naming every libpq parameter.

        Args:
            dbname: The database.
            user: The role that logs in; default: the superuser. On a server of ours that listens on TCP the run's one
                password comes along; `databases.let_roles_log_in` gives it to the roles.
        """
        neutral = neutral_parameters() if self.private else {}
        chosen = {"dbname": dbname, **neutral, "connect_timeout": self._timeout()}
        if user is not None:
            chosen["user"] = user
        return self.conninfo.with_(**chosen)

    def _timeout(self) -> str:
        return str(CONNECT_TIMEOUT) if self.private else self.conninfo.get("connect_timeout", str(CONNECT_TIMEOUT))

    def connect(
        self, dbname: str | None = None, *, user: str | None = None, options: str = ""
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session in autocommit, and make sure that it reached this very server.

        Args:
            dbname: The database; default: the maintenance database.
            user: The role that logs in; default: the superuser.
            options: Settings of the session, as libpq takes them (`-c name=value`), beside those of the server's own.

        Raises:
            ServerError: It cannot be reached, or something else answered.
        """
        where = self.at(dbname or self.conninfo.get("dbname", "postgres"), user=user)
        connection = connect(where.with_(options=f"{where.get('options')} {options}".strip()) if options else where)
        try:
            self.refuse_stranger(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def refuse_stranger(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Raise unless what answers carries our mark: PGHOSTADDR and its like can redirect a connection.

        Raises:
            ServerError: It does not.
        """
        if not self.mark:
            return
        row = connection.execute(_OUR_MARK if self.private else _URL_MARK).fetchone()
        if row != (self.mark,):
            raise ServerError(
                f"another server than {self.description} answered",
                hint="look for PGHOSTADDR, PGSERVICE or a proxy in the environment",
            )


def connect(where: Conninfo) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a session in autocommit.

    Raises:
        ServerError: It cannot be had; the password is in no part of the message.
    """
    import psycopg

    try:
        with silent_start():
            return psycopg.connect(where.dsn, autocommit=True)
    except psycopg.Error as error:
        said = where.redact(str(error).strip())
        full = FULL.search(said) is not None
        raise ServerError(
            f"cannot connect to the scratch server ({where.redacted}): {said}",
            hint=service_hint(said) or (_LET_GO if full else _UNREACHABLE),
            sqlstate="53300" if full else None,  # libpq keeps it to itself
        ) from None


def service_hint(said: str) -> str | None:
    """Say which variable is at fault, if one is: libpq looks PGSERVICE up first, and no parameter can stop it."""
    service = os.environ.get("PGSERVICE")
    if service and "service" in said:
        return f'the environment variable PGSERVICE names the service "{service}", which libpq cannot read: unset it'
    return None
