"""The role that looks at a target: where no contract speaks of it, what it needs to look is no difference."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.record import Grant, Identity, Record
from pgassay.catalog.scope_roles import bootstrap_role

LOOKER = 'not compared: CONNECT to "{}", the role that looks, of which the contract says nothing'


def without_looker(actual: Catalog, role: str, *, declared: Collection[str]) -> Catalog:
    """Return a target's catalog without the privilege by which we reach it.

    A role that has no other business in the database is then none of the comparison's, as other roles of the cluster
    are not. Whatever else it owns or was granted is still compared, and so is CONNECT with grant option.

    Args:
        actual: The target's catalog.
        role: The role that looks.
        declared: The roles that the contract speaks of, under the names that they have in the target.

    Returns:
        The same catalog where there is nothing to leave out.
    """
    database = actual.records.get(Database.KIND, {}).get(())
    if not isinstance(database, Database) or role in {*declared, database.owner, bootstrap_role(actual)}:
        return actual
    kept = frozenset(grant for grant in database.privileges if not _is_connect(grant, role))
    if kept == database.privileges:
        return actual
    changed: dict[Identity, Record] = {(): replace(database, privileges=kept)}
    return Catalog(actual.major, {**actual.records, Database.KIND: changed}, actual.blind, actual.deparsed_by)


def _is_connect(grant: Grant, role: str) -> bool:
    return (grant.grantee, grant.privilege, grant.grantable) == (role, "CONNECT", False)


def declared_in(expected: Catalog) -> frozenset[str]:
    """Return the names of the roles that a contract's catalog knows."""
    return frozenset(identity[0] for identity in expected.records.get(Role.KIND, {}))
