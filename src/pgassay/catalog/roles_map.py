"""Role names under which the contract's roles are known where they are compared: `[roles]` and the first superuser."""

from __future__ import annotations

from collections.abc import Mapping

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import PUBLIC, Grant, Record, RoleName
from pgassay.catalog.rewrite import rewrite

__all__ = ["ALL_ROLES", "OWNER", "PUBLIC", "map_record", "map_roles"]

OWNER = RoleName("owner")
"""How a grantor is written that owns the object: a symbol, not a role of that name."""

ALL_ROLES = RoleName("ALL")
"""Whose settings those of ALTER ROLE ALL are."""


def map_roles(catalog: Catalog, names: Mapping[str, str]) -> Catalog:
    """Return the catalog with every role called as the map says, wherever it occurs.

    Args:
        catalog: Any catalog.
        names: Name in the catalog -> name wanted; `PUBLIC`, `ALL` and the symbol `owner` are no roles and stay.
    """
    wanted = {before: after for before, after in names.items() if before not in (PUBLIC, ALL_ROLES, after)}
    if not wanted:
        return catalog
    renamed = Catalog.of(catalog.major, (map_record(record, wanted) for record in catalog), catalog.blind)
    return Catalog(renamed.major, renamed.records, renamed.blind, catalog.deparsed_by)


def map_record(record: Record, names: Mapping[str, str]) -> Record:
    """Return one record with its roles called as the map says."""

    def role(name: RoleName) -> RoleName:
        return RoleName(names.get(name, name))

    def grant(before: Grant) -> Grant:
        grantor = OWNER if before.grantor == OWNER else role(before.grantor)
        return Grant(role(before.grantee), before.privilege, before.grantable, grantor)

    return rewrite(record, {Grant: grant, RoleName: role})
