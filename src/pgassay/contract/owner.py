"""The role that migrations and the contract's SQL run as: never the superuser, who may do what fails in production."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from pgassay.errors import ContractError
from pgassay.settings import Settings

FRESH_OWNER = "pgassay_owner"

# Who init gave CREATE on the database, by a grant or by making it the database's owner. The session's own role does not
# count: on a server of somebody else's it owns each database that it makes. Nor does a superuser: it may do all anyway.
_CREATORS = """
SELECT role.rolname
  FROM pg_catalog.pg_roles AS role
 WHERE role.oid IN (
           SELECT database.datdba FROM pg_catalog.pg_database AS database WHERE database.datname = current_database()
            UNION
           SELECT item.grantee
             FROM pg_catalog.pg_database AS database,
                  pg_catalog.aclexplode(database.datacl) AS item
            WHERE database.datname = current_database() AND item.privilege_type = 'CREATE'
       )
   AND NOT role.rolsuper
   AND role.rolname <> session_user
 ORDER BY role.rolname
"""


def find_owner(connection: psycopg.Connection[Any], settings: Settings) -> str:
    """Return the name of the owner role; it may not exist yet.

    Args:
        connection: To a database after init.
        settings: `owner` wins over everything else.

    Returns:
        The role of the settings; else the one role that init gives CREATE on the database; else `pgassay_owner`.

    Raises:
        ContractError: Init gives CREATE to several roles, and the settings do not say which of them it is.
    """
    if settings.owner is not None:
        return settings.owner
    creators = [str(name) for (name,) in connection.execute(_CREATORS).fetchall()]
    if len(creators) > 1:
        names = ", ".join(f'"{name}"' for name in creators)
        raise ContractError(
            f"which role runs the migrations cannot be told: several have CREATE on the database: {names}",
            hint='say owner = "..." in pgassay.toml',
        )
    return creators[0] if creators else FRESH_OWNER


def ensure_owner(connection: psycopg.Connection[Any], settings: Settings, *, prepared: bool) -> str:
    """Return the owner role, and make it where init has not: without any right, as the owner of the database.

    Args:
        connection: A superuser's, in autocommit, to a scratch database after init.
        settings: `owner` wins over everything else.
        prepared: Whether there is an init; then a role that the settings name must come from it.

    Raises:
        ContractError: Which role it is cannot be told, or init does not make the one that the settings name.
    """
    owner = find_owner(connection, settings)
    if prepared and owner == settings.owner:
        if not _exists(connection, owner):
            raise ContractError(
                f'the owner role "{owner}" of the settings does not exist after init',
                hint=f"make it in schema/init ({_guarded(owner)}), or leave it out of the settings",
            )
    elif owner in {settings.owner, FRESH_OWNER}:
        _create(connection, owner)
        give_database(connection, owner)
    return owner


def _guarded(role: str) -> str:
    """Return the statement that makes a role, and may run again."""
    name = sql.Identifier(role).as_string(None)
    return f"DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"


def give_database(connection: psycopg.Connection[Any], owner: str) -> None:
    """Make a role the owner of the database that the connection is in."""
    statement = sql.SQL("ALTER DATABASE {} OWNER TO {}")
    connection.execute(statement.format(sql.Identifier(connection.info.dbname), sql.Identifier(owner)))


def _exists(connection: psycopg.Connection[Any], role: str) -> bool:
    return connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _create(connection: psycopg.Connection[Any], role: str) -> None:
    """Make the role; another process of the run may do the same at this moment."""
    if _exists(connection, role):
        return
    try:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        if not _exists(connection, role):
            raise
