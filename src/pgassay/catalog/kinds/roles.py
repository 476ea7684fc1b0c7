"""Roles, memberships and role settings: cluster-wide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psycopg import sql

from pgassay.catalog.kind import Kind, Since
from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Role(Record):
    """A role of the cluster; its password is never read.

    Attributes:
        bootstrap: Whether it is the superuser that initdb made (oid 10), which each cluster may call otherwise; it is
            read although initdb made it, and the flag is not compared.
    """

    KIND: ClassVar[str] = "role"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: RoleName
    superuser: bool
    inherit: bool
    create_role: bool
    create_db: bool
    login: bool
    replication: bool
    bypass_rls: bool
    connection_limit: int
    valid_until: str | None
    comment: str | None
    bootstrap: bool = field(default=False, compare=False)

    @property
    def summary(self) -> str:
        """Its attributes, as CREATE ROLE writes them."""
        words = {
            "superuser": self.superuser,
            "createrole": self.create_role,
            "createdb": self.create_db,
            "replication": self.replication,
            "bypassrls": self.bypass_rls,
        }
        return " ".join(["login" if self.login else "nologin", *(word for word, holds in words.items() if holds)])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Membership(Record):
    """One role's membership in another. `inherit` and `set` are None before PostgreSQL 16."""

    KIND: ClassVar[str] = "membership"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "member", "grantor")

    role: RoleName
    member: RoleName
    grantor: RoleName
    admin: bool
    inherit: bool | None
    set: bool | None

    @property
    def summary(self) -> str:
        """Its options."""
        options = {"admin": self.admin, "inherit": self.inherit, "set": self.set}
        return ", ".join(name for name, holds in options.items() if holds)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoleSetting(Record):
    """What ALTER ROLE ... SET left.

    Attributes:
        role: The role; `ALL` for ALTER ROLE ALL.
        scope: `cluster`, or `database` for IN DATABASE the one that was read.
    """

    KIND: ClassVar[str] = "role setting"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "scope", "name")

    role: RoleName
    scope: str
    name: str
    value: str

    @property
    def summary(self) -> str:
        """Its value."""
        return self.value


# pg_roles, not pg_authid: everybody may read it, and it has everything but the password. initdb makes the first
# superuser (oid 10) and the predefined roles, which nobody can alter.
ROLES = Kind(
    record=Role,
    query=sql.SQL("""
SELECT r.rolname AS name,
       r.rolsuper AS superuser,
       r.rolinherit AS inherit,
       r.rolcreaterole AS create_role,
       r.rolcreatedb AS create_db,
       r.rolcanlogin AS login,
       r.rolreplication AS replication,
       r.rolbypassrls AS bypass_rls,
       r.rolconnlimit AS connection_limit,
       r.rolvaliduntil::text AS valid_until,
       shobj_description(r.oid, 'pg_authid') AS comment,
       r.oid = 10 AS bootstrap
FROM pg_roles AS r
WHERE r.oid >= 16384 OR r.oid = 10
"""),
)

# pg_auth_members. What initdb granted lies between predefined roles; from 16 on a membership has an oid that tells.
MEMBERSHIPS = Kind(
    record=Membership,
    query=sql.SQL("""
SELECT pg_get_userbyid(m.roleid) AS role,
       pg_get_userbyid(m.member) AS member,
       pg_get_userbyid(m.grantor) AS grantor,
       m.admin_option AS admin,
       {inherit} AS inherit,
       {set} AS set
FROM pg_auth_members AS m
WHERE {made}
"""),
    pieces={
        "inherit": Since(16, sql.SQL("m.inherit_option"), sql.SQL("NULL::boolean")),
        "set": Since(16, sql.SQL("m.set_option"), sql.SQL("NULL::boolean")),
        "made": Since(
            16, sql.SQL("m.oid >= 16384"), sql.SQL("m.roleid >= 16384 OR m.member >= 16384 OR m.member = 10")
        ),
    },
)

# pg_db_role_setting, one row per setting of a role; role 0 is ALTER ROLE ALL. Those of other databases, and those of
# this database for no role in particular (the database's own), are left out.
ROLE_SETTINGS = Kind(
    record=RoleSetting,
    query=sql.SQL("""
SELECT CASE s.setrole WHEN 0 THEN 'ALL' ELSE pg_get_userbyid(s.setrole)::text END AS role,
       CASE s.setdatabase WHEN 0 THEN 'cluster' ELSE 'database' END AS scope,
       split_part(c.setting, '=', 1) AS name,
       substr(c.setting, strpos(c.setting, '=') + 1) AS value
FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c(setting)
WHERE s.setdatabase = 0
   OR (s.setrole <> 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""),
)
