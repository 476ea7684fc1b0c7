"""What CREATE DATABASE ... TEMPLATE leaves behind: privileges on the database, its settings, its comment.

They are read once from the finished template and put on every clone. What is altered there are rows of the clone's own,
which only a tool that goes through all databases could alter at the same moment: so nothing is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from pgassay.servers.cluster_wide import insist

_READ_GRANTS = """
SELECT CASE WHEN acl.grantee = 0 THEN NULL ELSE pg_get_userbyid(acl.grantee) END,
       acl.privilege_type,
       acl.is_grantable,
       pg_get_userbyid(acl.grantor)
  FROM pg_database AS d,
       -- in the order in which they were given: a grant option comes before what was passed on by it
       LATERAL aclexplode(d.datacl) WITH ORDINALITY AS acl (grantor, grantee, privilege_type, is_grantable, position)
 WHERE d.datname = %s
 ORDER BY acl.position
"""

_READ_SETTINGS = """
SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,
       split_part(word, '=', 1),
       substr(word, strpos(word, '=') + 1)
  FROM pg_db_role_setting AS s
  JOIN pg_database AS d ON d.oid = s.setdatabase,
       LATERAL unnest(s.setconfig) AS word
 WHERE d.datname = %s
 ORDER BY 1 NULLS FIRST, 2
"""

_READ_DATABASE = """
SELECT pg_get_userbyid(datdba), datconnlimit, datacl IS NULL, shobj_description(oid, 'pg_database')
  FROM pg_database
 WHERE datname = %s
"""


# Lists of identifiers (GUC_LIST_QUOTE in PostgreSQL's guc_tables.c); an extension cannot have one.
_LISTS = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"})


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege on the database; `grantee` None is PUBLIC."""

    grantee: str | None
    privilege: str
    grantable: bool
    grantor: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What ALTER DATABASE (`role` None) or ALTER ROLE ... IN DATABASE set."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Carried:
    """Everything of a database that its clones lack."""

    owner: str
    connection_limit: int
    default_privileges: bool
    comment: str | None
    grants: tuple[Grant, ...]
    settings: tuple[Setting, ...]

    @property
    def is_plain(self) -> bool:
        """Whether a clone lacks nothing."""
        return self == Carried(self.owner, -1, True, None, (), ())


def read_carried(connection: psycopg.Connection[Any], template: str) -> Carried:
    """Read what clones of `template` will lack, from any database of its server."""
    row = connection.execute(_READ_DATABASE, [template]).fetchone()
    if row is None:
        raise LookupError(template)
    owner, limit, default, comment = row
    return Carried(
        owner=owner,
        connection_limit=limit,
        default_privileges=default,
        comment=comment,
        grants=tuple(Grant(*grant) for grant in connection.execute(_READ_GRANTS, [template])),
        settings=tuple(Setting(*setting) for setting in connection.execute(_READ_SETTINGS, [template])),
    )


def put_carried(connection: psycopg.Connection[Any], carried: Carried, database: str) -> None:
    """Put on a clone what its template had.

    Args:
        connection: A superuser's, in autocommit, on the same server.
        carried: What the template had.
        database: The clone, owned by the template's owner.
    """
    if not carried.is_plain:
        insist(partial(_put, connection, carried, database))


def _put(connection: psycopg.Connection[Any], carried: Carried, database: str) -> None:
    with connection.transaction():
        if not carried.default_privileges:
            _put_grants(connection, carried, sql.Identifier(database))
        for setting in carried.settings:
            _put_setting(connection, setting, sql.Identifier(database))
        if carried.comment is not None:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), carried.comment)
            )
        if carried.connection_limit != -1:
            connection.execute(
                sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
                    sql.Identifier(database), carried.connection_limit
                )
            )


def _put_grants(connection: psycopg.Connection[Any], carried: Carried, database: sql.Identifier) -> None:
    for grantee in (sql.SQL("PUBLIC"), sql.Identifier(carried.owner)):
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, grantee))
    for grant in carried.grants:
        # Only the current role is ever recorded as the grantor.
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(grant.grantor)))
        connection.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                sql.SQL(grant.privilege),  # one of PostgreSQL's own words
                database,
                sql.SQL("PUBLIC") if grant.grantee is None else sql.Identifier(grant.grantee),
                sql.SQL(" WITH GRANT OPTION" if grant.grantable else ""),
            )
        )
    connection.execute("RESET ROLE")


def _put_setting(connection: psycopg.Connection[Any], setting: Setting, database: sql.Identifier) -> None:
    """Set what a database sets; FROM CURRENT spares us from taking a list, such as a search path, apart.

    Nothing else is set for ourselves: by `role` we would become somebody who may not alter the database.
    """
    whose = (
        sql.SQL("DATABASE {}").format(database)
        if setting.role is None
        else sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(setting.role), database)
    )
    # A setting's name may hold a dot, which separates two identifiers.
    name = sql.SQL(".").join(sql.Identifier(part) for part in setting.name.split("."))
    if setting.name not in _LISTS:
        connection.execute(sql.SQL("ALTER {} SET {} TO {}").format(whose, name, setting.value))
        return
    connection.execute("SELECT set_config(%s, %s, true)", [setting.name, setting.value])
    connection.execute(sql.SQL("ALTER {} SET {} FROM CURRENT").format(whose, name))
