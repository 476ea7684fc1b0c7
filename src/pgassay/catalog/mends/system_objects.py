"""Mends of what was changed about objects of initdb and members of extensions."""

from __future__ import annotations

from dataclasses import replace

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.mends.common import set_owner, set_privileges
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.record import Grant
from pgassay.catalog.sqltext import change_options


def create(changed: SystemObject, _context: Context) -> Statements:
    """Make the change, from what initdb or the extension made."""
    owner = [] if changed.owner == changed.original_owner else set_owner(changed, changed.owner)
    privileges = _privileges(changed, given=changed.original_privileges, wanted=changed.privileges)
    return [*owner, *privileges, *change_options(f"ALTER {named(changed)}", missing=changed.options, extra={})]


def drop(changed: SystemObject, _context: Context) -> Statements:
    """Take the change back."""
    owner = [] if changed.owner == changed.original_owner else set_owner(changed, changed.original_owner)
    privileges = _privileges(changed, given=changed.privileges, wanted=changed.original_privileges)
    return [*owner, *privileges, *change_options(f"ALTER {named(changed)}", missing={}, extra=changed.options)]


def alter(difference: Difference, _context: Context) -> Statements:
    """Change a tablespace's options; owner and privileges are mended alike for every kind."""
    wanted, _ = both(difference)
    options = difference.attribute("options")
    if options is None:
        return []
    return change_options(f"ALTER {named(wanted)}", missing=options.missing, extra=options.extra)


def _privileges(changed: SystemObject, *, given: frozenset[Grant], wanted: frozenset[Grant]) -> Statements:
    """A new owner takes the old one's own privileges along, so those are no difference."""
    old, new = ({_of_owner(grant, changed) for grant in grants} for grants in (given, wanted))
    return set_privileges(changed, missing=new - old, extra=old - new)


def _of_owner(grant: Grant, changed: SystemObject) -> Grant:
    owners = {changed.owner, changed.original_owner}
    return replace(grant, grantee=changed.owner) if grant.grantee in owners else grant


MENDERS = {SystemObject.KIND: Mender(create=create, drop=drop, alter=alter)}
