"""The owner that no contract names: whoever owns the real database's objects stands in for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.record import Record, RoleName
from pgassay.catalog.roles_map import map_roles
from pgassay.catalog.scope_roles import roles_at_work
from pgassay.contract.owner import FRESH_OWNER

_MADE_BY_MIGRATIONS = ("table", "view", "materialized view", "sequence", "function", "enum", "domain", "composite type")

NO_OWNER = (
    "the contract names no owner: the role that owns most of the objects counts as it "
    '(make it in schema/init, or say owner = "..." in pgassay.toml)'
)


def with_real_owner(expected: Catalog, actual: Catalog) -> Catalog:
    """Return the contract's catalog with `pgassay_owner` taken for the real owner, as a contract without one means.

    A contract whose init gives nobody CREATE says nothing about who owns it, so all of it belongs to a role that we
    made up. In a real database it is the role that owns most of the objects, and the database itself may belong to
    another one; the contract says nothing about what these roles are, either.

    Args:
        expected: The contract's catalog.
        actual: The real database's. Where `pgassay_owner` owns or holds anything there as well, nothing is changed.
            That the cluster has such a role says nothing: other databases may be scratch ones.
    """
    if not _has_fresh_owner(expected) or FRESH_OWNER in roles_at_work(actual):
        return expected
    of_database = _owner(actual.records[Database.KIND][()]) or RoleName(FRESH_OWNER)
    of_objects = _most_frequent_owner(actual) or of_database
    database = [record for record in expected if record.KIND == Database.KIND]
    others = [r for r in expected if r.KIND != Database.KIND and (r.KIND, r.identity) != (Role.KIND, (FRESH_OWNER,))]
    records = [
        *_about({of_database, of_objects}, actual),
        *map_roles(_like(expected, database), {FRESH_OWNER: of_database}),
        *map_roles(_like(expected, others), {FRESH_OWNER: of_objects}),
    ]
    return _like(expected, records)


def _has_fresh_owner(expected: Catalog) -> bool:
    """Tell by the roles, or by what belongs to it where roles could not be read."""
    return (FRESH_OWNER,) in expected.records.get(Role.KIND, {}) or FRESH_OWNER in roles_at_work(expected)


def _like(catalog: Catalog, records: Iterable[Record]) -> Catalog:
    made = Catalog.of(catalog.major, records, catalog.blind)
    return Catalog(made.major, made.records, made.blind, catalog.deparsed_by)


def _about(owners: set[RoleName], catalog: Catalog) -> Iterator[Record]:
    """Yield what a catalog says of some roles; the superuser of initdb is in every catalog already."""
    for record in catalog:
        match record:
            case Role(name=name, bootstrap=False) if name in owners:
                yield record
            case Membership(member=name) | RoleSetting(role=name) if name in owners:
                yield record
            case _:
                continue


def _most_frequent_owner(catalog: Catalog) -> RoleName | None:
    made = (record for kind in _MADE_BY_MIGRATIONS for record in catalog.records.get(kind, {}).values())
    owners = Counter(owner for record in made if (owner := _owner(record)) is not None)
    return max(owners, key=lambda owner: (owners[owner], owner), default=None)


def _owner(record: Record) -> RoleName | None:
    owner: RoleName | None = getattr(record, "owner", None)
    return owner
