"""What lives in no schema and is compared: a cluster holds much that is others', and large objects are mostly data."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeGuard

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.parts import keep, names, of_kinds, with_record
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.roles_map import PUBLIC

GRANTED: tuple[type[Record], ...] = (Tablespace, SystemObject, ParameterPrivileges)
"""Kinds of what the cluster has privileges on: of the second, its own tablespaces."""

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
    kept = keep(actual, lambda record: record.identity in named, {LargeObject.KIND})
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
    others = sorted(names(actual, Tablespace) - names(expected, Tablespace))
    if others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        notes.append(f"tablespaces of the cluster that the contract does not name: {', '.join(others[:SHOWN])}{more}")
    grantees = {*ours, *_grantees(expected)}
    for record in of_kinds(actual, *GRANTED):
        kept = _granted(record, grantees)
        if kept is not record:
            actual = with_record(actual, kept)
    return keep(actual, partial(_counts, expected), {record_type.KIND for record_type in GRANTED})


def _granted(record: Record, grantees: Collection[str]) -> Record:
    """Return the record without what is granted to roles that are not compared."""
    match record:
        case Tablespace():
            return replace(record, privileges=_to(record.privileges, {*grantees, record.owner, PUBLIC}))
        case SystemObject(object_type="tablespace"):
            usual = {grant.grantee for grant in record.original_privileges}
            return replace(record, privileges=_to(record.privileges, {*grantees, *usual, record.owner, PUBLIC}))
        case ParameterPrivileges():
            return replace(record, privileges=_to(record.privileges, grantees))
        case _:
            return record


def _counts(expected: Catalog, record: Record) -> bool:
    """Tell whether the contract speaks of it, or anything is left of what was granted."""
    if record.identity in expected.records.get(record.KIND, {}):
        return True
    match record:
        case Tablespace():
            return False
        case SystemObject(object_type="tablespace"):
            usual = (record.original_owner, record.original_privileges)
            return (record.owner, record.privileges) != usual
        case ParameterPrivileges():
            return bool(record.privileges)
        case _:
            return True


def is_tablespace_of_initdb(record: Record) -> TypeGuard[SystemObject]:
    """Tell whether it says what was changed about `pg_default` or `pg_global`."""
    return isinstance(record, SystemObject) and record.object_type == "tablespace"


def _grantees(expected: Catalog) -> frozenset[RoleName]:
    """Return to whom the contract grants anything on a tablespace or a parameter: PUBLIC counts only if it is there."""
    return frozenset(
        grant.grantee
        for record in of_kinds(expected, *GRANTED)
        if isinstance(record, Tablespace | ParameterPrivileges) or is_tablespace_of_initdb(record)
        for grant in record.privileges
    )


def _to(privileges: Iterable[Grant], grantees: Collection[str]) -> frozenset[Grant]:
    return frozenset(grant for grant in privileges if grant.grantee in grantees)
