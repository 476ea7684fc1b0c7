"""What belongs to a database and does not lie in it, and what belongs to the whole server.

Asked from the maintenance database, whenever a database comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.servers.cluster_wide import insist, take_turns

# What `Around.cluster` is a digest of, in a notice's words.
CLUSTER = "roles, memberships, tablespaces, parameters, replication origins or slots, or what is said about them,"

# A worker of autovacuum has no role; DROP DATABASE and the census get along with it.
_AROUND: LiteralString = """
SELECT (SELECT count(*)
          FROM pg_stat_activity
         WHERE datid = %(oid)s::bigint::oid
           AND pid <> %(keeper)s
           AND usesysid IS NOT NULL),
       (SELECT string_agg(gid, ', ')
          FROM pg_prepared_xacts
         WHERE database = %(name)s),
       (SELECT string_agg(slot_name, ', ')
          FROM pg_replication_slots
         WHERE datoid = %(oid)s::bigint::oid),
       md5(concat_ws(E'\\n',
           -- a database of the same name and number, made in its place, has another xmin
           (SELECT d.xmin::text || d::text FROM pg_database AS d WHERE d.oid = %(oid)s::bigint::oid),
           (SELECT string_agg(s::text, E'\\n' ORDER BY s.setrole)
              FROM pg_db_role_setting AS s
             WHERE s.setdatabase = %(oid)s::bigint::oid),
           (SELECT string_agg(c::text, E'\\n')
              FROM pg_shdescription AS c
             WHERE c.objoid = %(oid)s::bigint::oid AND c.classoid = 'pg_database'::regclass),
           (SELECT string_agg(l::text, E'\\n' ORDER BY l.provider)
              FROM pg_shseclabel AS l
             WHERE l.objoid = %(oid)s::bigint::oid AND l.classoid = 'pg_database'::regclass),
           (SELECT string_agg(u::text, E'\\n' ORDER BY u.oid)
              FROM pg_subscription AS u
             WHERE u.subdbid = %(oid)s::bigint::oid))),
       md5(concat_ws(E'\\n',
           (SELECT string_agg(r::text, E'\\n' ORDER BY r.oid) FROM pg_authid AS r),
           (SELECT string_agg(m::text, E'\\n' ORDER BY m.roleid, m.member, m.grantor) FROM pg_auth_members AS m),
           (SELECT string_agg(s::text, E'\\n' ORDER BY s.setrole) FROM pg_db_role_setting AS s WHERE s.setdatabase = 0),
           (SELECT string_agg(t::text, E'\\n' ORDER BY t.oid) FROM pg_tablespace AS t),
           (SELECT string_agg(o::text, E'\\n' ORDER BY o.roident)
              FROM pg_replication_origin AS o
             WHERE o.roname !~ '^pg_[0-9]+'), -- a subscription's, which goes with it
           (SELECT string_agg(p.slot_name, E'\\n' ORDER BY p.slot_name)
              FROM pg_replication_slots AS p
             WHERE p.datoid IS NULL AND NOT p.temporary),
           (SELECT string_agg(c::text, E'\\n' ORDER BY c.classoid, c.objoid)
              FROM pg_shdescription AS c
             WHERE c.classoid <> 'pg_database'::regclass),
           (SELECT string_agg(l::text, E'\\n' ORDER BY l.classoid, l.objoid, l.provider)
              FROM pg_shseclabel AS l
             WHERE l.classoid <> 'pg_database'::regclass),
           {parameters})),
       (SELECT coalesce(string_agg(concat(oid, datallowconn), ' ' ORDER BY oid), '')
          FROM pg_database
         WHERE datname LIKE 'pgassay\\_template\\_%%')
"""

_PARAMETERS: LiteralString = "(SELECT string_agg(a::text, E'\\n' ORDER BY a.oid) FROM pg_parameter_acl AS a)"

_END: LiteralString = """
SELECT pid,
       application_name,
       state,
       query,
       pg_terminate_backend(pid)
  FROM pg_stat_activity
 WHERE datid = %(oid)s::bigint::oid
   AND pid <> %(keeper)s
   AND usesysid IS NOT NULL
"""

_BACKENDS: LiteralString = "SELECT pg_stat_get_db_numbackends(%s::bigint::oid)"

_ROLES: LiteralString = "SELECT oid::bigint, rolname FROM pg_roles"

# Of the last change; initdb's roles have none. Our servers track it, and their clock is this machine's.
_YOUNG: LiteralString = """
SELECT oid::bigint
  FROM pg_authid
 WHERE oid = ANY(%s::bigint[]::oid[])
   AND pg_xact_commit_timestamp(xmin) >= to_timestamp(%s)
"""

# Held, shared, by the pool of each process; its number says how many there are.
_PRESENT: LiteralString = "SELECT pg_advisory_lock_shared(hashtext('pgassay'), hashtext('pool'))"
_PROCESSES: LiteralString = """
SELECT count(*)
  FROM pg_locks
 WHERE locktype = 'advisory'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND classid::bigint = hashtext('pgassay')::bigint & x'ffffffff'::bigint
   AND objid::bigint = hashtext('pool')::bigint & x'ffffffff'::bigint
"""


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a database.

    Attributes:
        sessions: How many are in it, without our own.
        prepared: Names of prepared transactions in it, or None.
        slots: Names of replication slots of it, or None.
        digest: Of what is said about it in the shared catalogs: owner, privileges, settings, comment, ...
        cluster: Of what is everybody's: roles with memberships and settings, tablespaces, privileges on
            parameters, replication origins and slots, comments and labels.
        templates: Which templates there are, and which of them are being built: init and migrations make roles, too.
    """

    sessions: int
    prepared: str | None
    slots: str | None
    digest: str
    cluster: str
    templates: str

    @property
    def builds(self) -> bool:
        """Whether a template is being built."""
        return "t" in self.templates


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that was still there, and had to be ended.

    Attributes:
        pid: Its server process.
        application: What it calls itself.
        state: What it was doing, in pg_stat_activity's words.
        query: Its last statement.
    """

    pid: int
    application: str
    state: str | None
    query: str


def look_around(admin: psycopg.Connection[Any], oid: int, name: str, *, keeper: int) -> Around:
    """Look around a database.

    Args:
        admin: A superuser's session in the maintenance database.
        oid: The database's.
        name: The database's.
        keeper: The server process of our own session in it.
    """
    query = _around(has_parameters=admin.info.server_version >= 150_000)
    row = admin.execute(query, {"oid": oid, "name": name, "keeper": keeper}).fetchone()
    assert row is not None
    return Around(*row)


@cache
def _around(*, has_parameters: bool) -> bytes:
    """Return the question, put together once: it is asked whenever a database comes back."""
    return sql.SQL(_AROUND).format(parameters=sql.SQL(_PARAMETERS if has_parameters else "NULL")).as_bytes(None)


def count_backends(admin: psycopg.Connection[Any], oid: int) -> int:
    """Return how many sessions there are in a database, ours included: the cheapest look."""
    row = admin.execute(_BACKENDS, [oid]).fetchone()
    assert row is not None
    return int(row[0])


def end_sessions(admin: psycopg.Connection[Any], oid: int, *, keeper: int) -> list[Ended]:
    """End the sessions in a database, and return those in it that were; our own goes on."""
    rows = admin.execute(_END, {"oid": oid, "keeper": keeper}).fetchall()
    return [Ended(pid, application, state, query) for pid, application, state, query, _ended in rows]


def read_roles(admin: psycopg.Connection[Any]) -> dict[int, str]:
    """Return the names of all roles, by oid."""
    return dict(admin.execute(_ROLES).fetchall())


def made_since(admin: psycopg.Connection[Any], roles: Mapping[int, str], moment: float) -> dict[int, str]:
    """Return those of some roles that were made, or changed, since a moment; for a server of ours.

    Args:
        admin: A superuser's session in the maintenance database.
        roles: Names by oid.
        moment: In seconds since 1970.
    """
    return {oid: roles[oid] for (oid,) in admin.execute(_YOUNG, [list(roles), moment])}


def drop_role(admin: psycopg.Connection[Any], name: str) -> None:
    """Drop a role; an error where it still owns or holds something."""
    with take_turns(admin):
        insist(partial(admin.execute, sql.SQL("DROP ROLE {}").format(sql.Identifier(name))))


def announce(admin: psycopg.Connection[Any]) -> None:
    """Let other processes see, for as long as the session lives, that this one hands out databases, too."""
    admin.execute(_PRESENT)


def count_processes(admin: psycopg.Connection[Any]) -> int:
    """Return how many processes hand out databases of this server."""
    row = admin.execute(_PROCESSES).fetchone()
    assert row is not None
    return int(row[0])
