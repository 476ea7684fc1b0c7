"""Which roles, and what else of the whole cluster, is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any, cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.comparison import Scope
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.outside import is_tablespace_of_initdb, without_others
from pgassay.catalog.parts import keep, names
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.rewrite import fields_with
from pgassay.catalog.roles_map import ALL_ROLES, OWNER, PUBLIC
from pgassay.catalog.services import ROLE_KINDS

SHARED_KINDS = ROLE_KINDS | {Tablespace.KIND, ParameterPrivileges.KIND}
"""Kinds that belong to the whole cluster."""

MAY_BE_SHARED = SHARED_KINDS | {SystemObject.KIND}
"""Kinds of which some objects do."""


def without_other_roles(expected: Catalog, actual: Catalog, scope: Scope, notes: list[str]) -> tuple[Catalog, Catalog]:
    """Leave out roles that are neither the contract's nor have anything in this database."""
    real = scope is Scope.DATABASE
    declared = own_roles(expected, (roles_at_work(actual) if real else names(expected, Role)) | roles_at_work(expected))
    declared |= (names(expected, RoleSetting) | (names(actual, RoleSetting) if real else set())) & {ALL_ROLES}
    ours = declared | own_roles(actual, roles_at_work(actual))
    idle = own_roles(actual, names(actual, Role)) - ours
    # What is left out of what is expected has to be said, too.
    others = sorted(idle | (own_roles(expected, names(expected, Role)) - declared))
    if others:
        shown = ", ".join(others[:10]) + (f" and {len(others) - 10} more" if len(others) > 10 else "")
        notes.append(f"roles of the cluster that have nothing in this database: {shown}")
    settings = sorted(
        f"{record.role}.{record.name}"
        for record in actual.records.get(RoleSetting.KIND, {}).values()
        if isinstance(record, RoleSetting) and record.scope == "database" and record.role in others
    )
    if settings:
        notes.append(f"settings of these roles for this database: {', '.join(settings)}")
    actual = without_others(expected, keep(actual, partial(_about, ours), ROLE_KINDS), ours, notes)
    return keep(expected, partial(_about, declared), ROLE_KINDS), actual


def is_shared(record: Record) -> bool:
    """Tell whether a record is the whole cluster's: initdb's own tablespaces are, too."""
    return record.KIND in SHARED_KINDS or is_tablespace_of_initdb(record)


def is_own(record: Record) -> bool:
    """Tell whether a record is the database's own."""
    return not is_shared(record)


def bootstrap_role(catalog: Catalog) -> str | None:
    """Return the name of the superuser that initdb made, where it was read."""
    roles = catalog.records.get(Role.KIND, {}).values()
    return next((role.name for role in roles if isinstance(role, Role) and role.bootstrap), None)


def own_roles(catalog: Catalog, names: Iterable[str]) -> frozenset[str]:
    """Return those of the names that initdb did not make: neither its superuser nor `pg_...`."""
    system = bootstrap_role(catalog)
    return frozenset(name for name in names if name != system and not name.startswith("pg_"))


def _about(roles: frozenset[str], record: Record) -> bool:
    """Tell whether a record is about one of these roles."""
    return not roles.isdisjoint(_roles_named(record))


def _roles_named(record: Record) -> tuple[str, ...]:
    """Return whom a cluster-wide record is about: the role, or both ends of a membership."""
    return record.identity[:2] if isinstance(record, Membership) else record.identity[:1]


def roles_at_work(catalog: Catalog) -> frozenset[str]:
    """Return the roles that own or hold something in the database itself."""
    found: set[RoleName] = set()
    for value in _roles_and_grants(catalog):
        for one in (value,) if isinstance(value, str) else value:
            found.update(_named_by(one) if isinstance(one, Grant) else (one,))
    return frozenset(found - {PUBLIC})


def _roles_and_grants(catalog: Catalog) -> Iterator[RoleName | frozenset[Grant] | frozenset[RoleName]]:
    """Yield each owner and each set of grants or roles once, of the same few that are on everything."""
    for kind, all_records in catalog.records.items():
        records = list(filter(is_own, all_records.values()) if kind in MAY_BE_SHARED else all_records.values())
        for name in fields_with(cast(Any, type(records[0])), (Grant, RoleName)) if records else ():
            yield from set(map(attrgetter(name), records)) - {None}


def _named_by(grant: Grant) -> tuple[RoleName, ...]:
    return (grant.grantee,) if grant.grantor == OWNER else (grant.grantee, grant.grantor)
