"""Mends of what was changed about objects of initdb and members of extensions."""

from __future__ import annotations

from pgassay.catalog.mends.common import set_owner, set_privileges
from pgassay.catalog.mends.context import Context, Mender, Statements
from pgassay.catalog.sqltext import sentence
from pgassay.catalog.system_objects import SystemObject


def create(changed: SystemObject, _context: Context) -> Statements:
    """Make the change: what must be taken away is not known, for nothing was read where nothing was changed."""
    return [
        *set_owner(changed, changed.owner),
        *set_privileges(changed, missing=[g for g in changed.privileges if g.grantee != changed.owner], extra=()),
        sentence("it is as it was made: REVOKE what the contract does not list"),
    ]


def drop(changed: SystemObject, _context: Context) -> Statements:
    """Ask for the way back: only a fresh database tells what it was."""
    maker = f"extension {changed.extension}" if changed.extension else "initdb"
    return [sentence(f"give it back the owner and privileges that {maker} gave it, or add the change to the contract")]


MENDERS = {SystemObject.KIND: Mender(create=create, drop=drop, alter=lambda _d, _c: [])}
