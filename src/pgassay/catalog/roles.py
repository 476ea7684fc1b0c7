"""Roles, memberships and role settings: cluster-wide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSetting(Record):
    """What ALTER ROLE ... SET left: for the whole cluster, or IN DATABASE the one that was read."""

    KIND: ClassVar[str] = "role setting"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "scope", "name")

    role: RoleName
    scope: str
    name: str
    value: str
