"""Mends of tablespaces, privileges on parameters, and large objects."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.mends.common import drop, finish, set_privileges
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import change_options, sentence


def create_tablespace(tablespace: Tablespace, _context: Context) -> Statements:
    """Say how: where it should lie, only those know who run the server."""
    return [sentence(f"CREATE {named(tablespace)} LOCATION '...': the contract does not say where it lies")]


def drop_tablespace(tablespace: Tablespace, _context: Context) -> Statements:
    """Drop a tablespace; other databases may use it, and then PostgreSQL refuses."""
    return [
        sentence("tables of every database have to leave it first: ALTER TABLE ALL IN TABLESPACE"),
        *drop(tablespace),
    ]


def alter_tablespace(difference: Difference, _context: Context) -> Statements:
    """Change a tablespace's options."""
    wanted, _ = both(difference)
    start = f"ALTER {named(wanted)}"
    return [s for a in difference.attributes for s in change_options(start, missing=a.missing, extra=a.extra)]


def grant(wanted: ParameterPrivileges, _context: Context) -> Statements:
    """Give all that is granted on a parameter."""
    return set_privileges(wanted, missing=wanted.privileges, extra=())


def revoke(extra: ParameterPrivileges, _context: Context) -> Statements:
    """Take all that is granted on a parameter."""
    return set_privileges(extra, missing=(), extra=extra.privileges)


def create_large_object(wanted: LargeObject, _context: Context) -> Statements:
    """Create an empty large object."""
    return [f"SELECT pg_catalog.lo_create({wanted.number});", *finish(wanted)]


def drop_large_object(extra: LargeObject, _context: Context) -> Statements:
    """Remove a large object, and say that its contents go too."""
    return [sentence("its contents are lost"), f"SELECT pg_catalog.lo_unlink({extra.number});"]


def _nothing_more(_difference: Difference, _context: Context) -> Statements:
    """Owner, privileges and comment are mended alike for every kind."""
    return []


MENDERS = {
    Tablespace.KIND: Mender(create=create_tablespace, drop=drop_tablespace, alter=alter_tablespace),
    ParameterPrivileges.KIND: Mender(create=grant, drop=revoke, alter=_nothing_more),
    LargeObject.KIND: Mender(create=create_large_object, drop=drop_large_object, alter=_nothing_more),
}
