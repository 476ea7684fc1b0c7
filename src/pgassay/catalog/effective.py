"""Effective privileges: what a role can really do, through whatever path.

A pure function of a catalog: grants to the role and to PUBLIC, ownership, memberships that are inherited or reached by
SET ROLE, superusers, and the predefined roles that read or write all data. The rules are those of
`src/backend/utils/adt/acl.c` and `src/backend/catalog/aclchk.c`; a test compares the outcome with `has_*_privilege`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.columns import Column
from pgassay.catalog.database import Database
from pgassay.catalog.record import Grant, Record, RoleName, quote_name
from pgassay.catalog.roles import Membership, Role
from pgassay.catalog.roles_map import PUBLIC

OWNERSHIP = "OWNERSHIP"
"""The word for what only an owner may do: ALTER and DROP, and granting."""

_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
PRIVILEGES: Mapping[str, tuple[str, ...]] = {
    "database": ("CONNECT", "CREATE", "TEMPORARY"),
    "schema": ("USAGE", "CREATE"),
    "table": _TABLE,
    "view": _TABLE,
    "materialized view": _TABLE,
    "sequence": ("USAGE", "SELECT", "UPDATE"),
    "function": ("EXECUTE",),
    "foreign-data wrapper": ("USAGE",),
    "foreign server": ("USAGE",),
    "language": ("USAGE",),
}
"""Kind -> every privilege that there is on it, on all majors."""

_MAINTAIN_SINCE = 17
_RELATIONS = frozenset({"table", "view", "materialized view", "sequence"})
_READ_ALL, _WRITE_ALL, _MAINTAIN = RoleName("pg_read_all_data"), RoleName("pg_write_all_data"), RoleName("pg_maintain")
_DATABASE_OWNER = RoleName("pg_database_owner")


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
    """Return what each role can do to each object of a catalog, of the kinds in `PRIVILEGES`.

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
        for kind in PRIVILEGES
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
        for acting, path in self._acting(role):
            for privilege in self._held(acting, record):
                found.setdefault(privilege, path)
        # What one path gives on the whole table, another need not give on its columns.
        return {
            privilege: path
            for privilege, path in found.items()
            if whole(privilege) == privilege or whole(privilege) not in found
        }

    def _acting(self, role: RoleName) -> Iterator[tuple[RoleName, str]]:
        """Yield every role in whose place the role acts, itself first, with the path to it."""
        yield role, ""
        if role == PUBLIC:
            return
        yield PUBLIC, "PUBLIC"
        if self._is_superuser(role):
            yield _SUPERUSER, "superuser"
            return
        inherited = self._reach(role, inherit=True)
        yield from ((name, name) for name in inherited if name != role)
        for other in self._reach(role, inherit=False):
            if self._is_superuser(other):
                yield _SUPERUSER, f"SET ROLE {other}"
            else:
                yield from ((name, f"SET ROLE {other}") for name in self._reach(other, inherit=True))

    def _held(self, role: RoleName, record: Record) -> Iterator[str]:
        """Yield the privileges that a role has without being a member of anything."""
        kind = record.KIND
        if role == _SUPERUSER:
            yield from (*self._all(kind), OWNERSHIP)
            return
        if role == getattr(record, "owner", None):
            yield OWNERSHIP
        granted = {grant.privilege for grant in cast(Any, record).privileges if grant.grantee == role}
        granted |= set(_predefined(role, kind)) & set(self._all(kind))
        yield from sorted(granted)
        for column, grant in self._column_grants.get(record.identity, ()):
            if grant.grantee == role and grant.privilege not in granted:
                yield f"{grant.privilege} ({quote_name(column)})"

    def _all(self, kind: str) -> tuple[str, ...]:
        since_17 = kind in _RELATIONS - {"sequence"} and self.catalog.major >= _MAINTAIN_SINCE
        return (*PRIVILEGES[kind], *(("MAINTAIN",) if since_17 else ()))

    def _reach(self, role: RoleName, *, inherit: bool) -> list[RoleName]:
        """Return the role and those that it is a member of, nearest first: by inheritance, or by SET ROLE."""
        reached = [role]
        for member in reached:  # grows while it is walked
            for membership in self._memberships.get(member, ()):
                if self._passes(membership, inherit=inherit) and membership.role not in reached:
                    reached.append(membership.role)
            if self._owns_database(member, inherit=inherit) and _DATABASE_OWNER not in reached:
                reached.append(_DATABASE_OWNER)
        return reached

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
    def _column_grants(self) -> Mapping[tuple[str, ...], list[tuple[str, Grant]]]:
        found: dict[tuple[str, ...], list[tuple[str, Grant]]] = {}
        for record in self.catalog.records.get("column", {}).values():
            column = cast(Column, record)
            for grant in sorted(column.privileges):
                found.setdefault((column.schema, column.table), []).append((column.name, grant))
        return found


_SUPERUSER = RoleName("\0superuser")  # no role can be called so


def _predefined(role: RoleName, kind: str) -> tuple[str, ...]:
    """Return what a predefined role may do everywhere (aclchk.c: pg_class_aclmask_ext, pg_namespace_aclmask_ext)."""
    if kind == "schema":
        return ("USAGE",) if role in {_READ_ALL, _WRITE_ALL} else ()
    if kind not in _RELATIONS:
        return ()
    return {_READ_ALL: ("SELECT",), _WRITE_ALL: ("INSERT", "UPDATE", "DELETE"), _MAINTAIN: ("MAINTAIN",)}.get(role, ())
