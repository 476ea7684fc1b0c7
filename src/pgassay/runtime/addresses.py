"""How others reach a database: as another role, from SQLAlchemy, from a subprocess."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError

Become: TypeAlias = Callable[[Conninfo, str], Conninfo]
"""From one login and a role to the connection string that acts as that role."""


def acting_as(conninfo: Conninfo, role: str) -> Conninfo:
    """Return the same login with `role` as its current role, from the first statement on.

    It stands in the connection string, so every driver that is given the URL acts as that role too, and neither
    RESET ROLE nor DISCARD ALL leaves it (tried on 14, 15 and 18). The login must be a member of the role.
    """
    # libpq splits `options` at spaces, and a backslash takes the next character as it is.
    escaped = "".join(f"\\{c}" if c == "\\" or c.isspace() else c for c in role)
    others = conninfo.get("options").strip()
    return conninfo.with_(options=f"{others} -c role={escaped}".strip())


def sqlalchemy_url(conninfo: Conninfo, driver: str) -> str:
    """Return the URL as SQLAlchemy wants it.

    Raises:
        UsageError: The role is acted as without a login of its own, for which this driver's URLs have no place.
    """
    # Those on libpq (psycopg, psycopg2) hand `options` on; asyncpg and pg8000 end in a TypeError.
    if conninfo.get("options").strip() and driver and not driver.startswith("psycopg"):
        raise UsageError(
            f'SQLAlchemy with "{driver}" cannot act as a role that may not log in: its URL has no place for it',
            hint='let the role log in (LOGIN, CONNECT on the database), or use the driver "psycopg"',
        )
    scheme = f"postgresql+{driver}://" if driver else "postgresql://"
    return conninfo.portable.url.replace("postgresql://", scheme, 1)


def environment_of(conninfo: Conninfo) -> dict[str, str]:
    """Return libpq's variables (PGHOST, PGUSER, ...) that lead to a database."""
    names = {o.keyword.decode(): o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
    # An address in the surrounding environment would win over the host.
    said = {"hostaddr": "", **conninfo.parameters}
    return {names[keyword]: value for keyword, value in said.items() if keyword in names}
