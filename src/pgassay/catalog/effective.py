"""Effective privileges: what a role can really do, through whatever path.

A pure function of a catalog: grants to the role and to PUBLIC, ownership, memberships that are inherited or reached by
SET ROLE, superusers, and the predefined roles that read or write all data. The rules are those of
`src/backend/utils/adt/acl.c` and `src/backend/catalog/aclchk.c`; a test compares the outcome with `has_*_privilege`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from pgassay.catalog.grantable import KINDS, predefined, privileges_on
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.record import PUBLIC, Grant, Identity, Record, RoleName, quote_name

if TYPE_CHECKING:
    from pgassay.catalog.catalog import Catalog

OWNERSHIP = "OWNERSHIP"
"""The word for what only an owner may do: ALTER and DROP, and granting."""

_DATABASE_OWNER = RoleName("pg_database_owner")

SUPERUSER = RoleName("\0superuser")
"""Whoever a superuser acts as: no role can be called so."""

_PATHS = {SUPERUSER: "superuser"}


@dataclass(frozen=True, slots=True)
class Effective:
    """What one role can do to one object.

    Attributes:
        role: The role, or PUBLIC: what everybody can do.
        object: The record of the object.
        paths: Privilege -> the path by which it is held: empty for a grant to the role itself (or its ownership),
            `PUBLIC`, `superuser`, the role that is inherited from, or `SET ROLE x`. A privilege on some columns alone
            reads `SELECT (email)`.
    """

    role: RoleName
    object: Record
    paths: Mapping[str, str]

    @property
    def privileges(self) -> frozenset[str]:
        """Everything that the role can do, SET ROLE included."""
        return frozenset(self.paths)


def effective_privileges(catalog: Catalog, roles: Iterable[RoleName]) -> Mapping[tuple[str, RoleName], Effective]:
    """Return what each role can do to each object of a catalog that there are privileges on.

    Args:
        catalog: Any catalog; memberships through roles that are not asked about are followed all the same.
        roles: The roles; PUBLIC stands for everybody.

    Returns:
        (label of the object, role) -> what the role can do, also where that is nothing.
    """
    access = Access(catalog)
    return {
        (record.label, role): Effective(role, record, access.paths(role, record))
        for role in roles
        for kind in KINDS
        for record in catalog.records.get(kind, {}).values()
    }


def whole(privilege: str) -> str:
    """Return the privilege without its column: `SELECT (email)` is a part of `SELECT`."""
    return privilege.partition(" (")[0]


def declared_roles(catalog: Catalog) -> tuple[RoleName, ...]:
    """Return the roles that somebody made: not the predefined ones, not the superuser of initdb."""
    roles = [cast(Role, record) for record in catalog.records.get("role", {}).values()]
    return tuple(role.name for role in roles if not role.bootstrap and not role.name.startswith("pg_"))


@dataclass(frozen=True)
class Access:
    """Who can act as whom in one catalog."""

    catalog: Catalog

    def paths(self, role: RoleName, record: Record) -> Mapping[str, str]:
        """Return each privilege that the role has on an object, with the most direct path to it."""
        found: dict[str, str] = {}
        for acting, path in self._paths(role):
            for privilege in self.held(acting, record):
                found.setdefault(privilege, path)
        # What one path gives on the whole table, another need not give on its columns.
        return {
            privilege: path
            for privilege, path in found.items()
            if whole(privilege) == privilege or whole(privilege) not in found
        }

    def acting(self, role: RoleName) -> Mapping[RoleName, tuple[RoleName, ...]]:
        """Return the roles whose privileges a role has as it is, nearest first, each with the memberships to it.

        PUBLIC is one of them, and `SUPERUSER` for a superuser, who needs no others.
        """
        if role == PUBLIC:
            return {PUBLIC: ()}
        if self._is_superuser(role):
            return {role: (), PUBLIC: (), SUPERUSER: ()}
        return {role: (), PUBLIC: (), **self._reach(role, inherit=True)}

    def becoming(self, role: RoleName) -> Iterator[RoleName]:
        """Yield the roles that a role may become by SET ROLE, nearest first, but for itself."""
        if role != PUBLIC:
            yield from (other for other in self._reach(role, inherit=False) if other != role)

    def _paths(self, role: RoleName) -> Iterator[tuple[RoleName, str]]:
        """Yield every role in whose place the role acts, itself first, with the path to it."""
        yield role, ""
        yield from ((acting, _PATHS.get(acting, acting)) for acting in self.acting(role) if acting != role)
        if not self._is_superuser(role):
            for other in self.becoming(role):
                yield from ((acting, f"SET ROLE {other}") for acting in self.acting(other) if acting != PUBLIC)

    def held(self, role: RoleName, record: Record) -> Iterator[str]:
        """Yield the privileges that a role has without being a member of anything."""
        kind = record.KIND
        if role == SUPERUSER:
            yield from (*self.on(kind), *((OWNERSHIP,) if hasattr(record, "owner") else ()))
            return
        if role == getattr(record, "owner", None):
            yield OWNERSHIP
        granted = {grant.privilege for grant in cast(Any, record).privileges if grant.grantee == role}
        granted |= set(predefined(role, kind)) & set(self.on(kind))
        yield from sorted(granted)
        for column, grant in self.column_grants.get(record.identity, ()):
            if grant.grantee == role and grant.privilege not in granted:
                yield f"{grant.privilege} ({quote_name(column)})"

    def on(self, kind: str) -> tuple[str, ...]:
        """Return the privileges that there are on a kind of object; none where it has none."""
        return privileges_on(kind, self.catalog.major)

    def _reach(self, role: RoleName, *, inherit: bool) -> Mapping[RoleName, tuple[RoleName, ...]]:
        """Return the role and those that it is a member of, nearest first: by inheritance, or by SET ROLE.

        Each stands with the roles that lead to it, itself the last.
        """
        chains: dict[RoleName, tuple[RoleName, ...]] = {role: ()}
        members = [role]
        for member in members:  # grows while it is walked
            for other in self._above(member, inherit=inherit):
                if other not in chains:
                    chains[other] = (*chains[member], other)
                    members.append(other)
        return chains

    def _above(self, member: RoleName, *, inherit: bool) -> Iterator[RoleName]:
        """Yield the roles that a role is itself a member of."""
        for membership in self._memberships.get(member, ()):
            if self._passes(membership, inherit=inherit):
                yield membership.role
        if self._owns_database(member, inherit=inherit):
            yield _DATABASE_OWNER

    def _passes(self, membership: Membership, *, inherit: bool) -> bool:
        """From 16 on a membership says itself what it gives; before, the member's INHERIT did, and SET was always."""
        if not inherit:
            return membership.set is not False
        return self._inherits(membership.member) if membership.inherit is None else membership.inherit

    def _owns_database(self, role: RoleName, *, inherit: bool) -> bool:
        """The database's owner is a member of pg_database_owner, which no membership shows."""
        database = self.catalog.records.get("database", {}).get(())
        if database is None or cast(Database, database).owner != role:
            return False
        return not inherit or self.catalog.major >= 16 or self._inherits(role)

    def _inherits(self, role: RoleName) -> bool:
        record = self._roles.get(role)
        return record is None or record.inherit

    def _is_superuser(self, role: RoleName) -> bool:
        record = self._roles.get(role)
        return record is not None and record.superuser

    @cached_property
    def _roles(self) -> Mapping[RoleName, Role]:
        roles = (cast(Role, record) for record in self.catalog.records.get("role", {}).values())
        return {role.name: role for role in roles}

    @cached_property
    def _memberships(self) -> Mapping[RoleName, list[Membership]]:
        found: dict[RoleName, list[Membership]] = {}
        for record in self.catalog.records.get("membership", {}).values():
            membership = cast(Membership, record)
            found.setdefault(membership.member, []).append(membership)
        return found

    @cached_property
    def column_grants(self) -> Mapping[Identity, list[tuple[str, Grant]]]:
        """Relation -> what is granted on its columns alone: the column and the grant."""
        found: dict[Identity, list[tuple[str, Grant]]] = {}
        for record in self.catalog.records.get("column", {}).values():
            column = cast(Column, record)
            for grant in sorted(column.privileges):
                found.setdefault((column.schema, column.table), []).append((column.name, grant))
        return found
