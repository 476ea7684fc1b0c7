"""What lives in no schema and is compared: a cluster holds much that is others', and large objects are mostly data."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.large_objects import LargeObject
from pgassay.catalog.parts import keep, names, with_record
from pgassay.catalog.record import Grant, RoleName
from pgassay.catalog.roles_map import PUBLIC

SHOWN = 10  # names in one note


def without_data(expected: Catalog, actual: Catalog, notes: list[str]) -> Catalog:
    """Leave out the large objects that the contract does not name.

    Args:
        expected: Says which are meant.
        actual: What is there.
        notes: Told how many were left out.
    """
    named = expected.records.get(LargeObject.KIND, {})
    left = actual.records.get(LargeObject.KIND, {}).keys() - named.keys()
    if left:
        notes.append(f"large objects that the contract does not name, and that are data: {len(left)}")
    kept = keep(actual, lambda record: record.KIND != LargeObject.KIND or record.identity in named)
    blind = tuple(spot for spot in kept.blind if named or spot.object != f"every {LargeObject.KIND}")
    return Catalog(kept.major, kept.records, blind, kept.deparsed_by)


def without_others(expected: Catalog, actual: Catalog, ours: Collection[str], notes: list[str]) -> Catalog:
    """Leave out tablespaces that the contract does not name, and what is granted to roles that are not compared.

    Args:
        expected: What the contract speaks of.
        actual: What is there.
        ours: The roles that are compared.
        notes: Told which tablespaces were left out.
    """
    tablespaces, grantees = names(expected, Tablespace), _grantees(expected)
    others = sorted(names(actual, Tablespace) - tablespaces)
    if others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        notes.append(f"tablespaces of the cluster that the contract does not name: {', '.join(others[:SHOWN])}{more}")
    for record in actual:
        if isinstance(record, Tablespace):
            kept = _to(record.privileges, {*ours, *grantees, record.owner, PUBLIC})
            actual = with_record(actual, replace(record, privileges=kept))
        if isinstance(record, ParameterPrivileges):
            actual = with_record(actual, replace(record, privileges=_to(record.privileges, {*ours, *grantees})))
    return keep(
        actual,
        lambda record: (
            (not isinstance(record, Tablespace) or record.name in tablespaces)
            and (not isinstance(record, ParameterPrivileges) or bool(record.privileges))
        ),
    )


def _grantees(expected: Catalog) -> frozenset[RoleName]:
    """Return to whom the contract grants anything on a tablespace or a parameter: PUBLIC counts only if it is there."""
    return frozenset(
        grant.grantee
        for record in expected
        if isinstance(record, Tablespace | ParameterPrivileges)
        for grant in record.privileges
    )


def _to(privileges: Iterable[Grant], grantees: Collection[str]) -> frozenset[Grant]:
    return frozenset(grant for grant in privileges if grant.grantee in grantees)
