"""Grants: who owns what, who was granted what, and what each role can really do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pgassay.behaviors.access.compare import compare_access
from pgassay.catalog.difference import Aspect
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.findings import Finding, Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import aspect_of, everything_of, structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


UNKNOWN_ROLE = (
    "take from it what it owns and holds in this database, as the other findings say, or add it to schema/init: "
    "a role that has nothing in the database is not compared"
)


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def owners(context: Context) -> Report:
    """Compare the owner of every object."""
    return aspect_of(context, Aspect.OWNER)


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def privileges(context: Context) -> Report:
    """Compare the privileges that were granted on every object, initdb's and extensions' included."""
    granted = aspect_of(context, Aspect.PRIVILEGES)
    # What initdb or an extension made has a record only where its privileges or its owner were changed: a record that
    # one side alone has is a grant too many or too few.
    changed = structure_of(context, SystemObject.KIND)
    return replace(granted, findings=(*granted.findings, *changed.findings))


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def default_privileges(context: Context) -> Report:
    """Compare what will be granted on objects to come."""
    return everything_of(context, DefaultPrivileges.KIND)


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def roles(context: Context) -> Report:
    """Compare roles, memberships and role settings."""
    report = structure_of(context, Role.KIND, Membership.KIND, RoleSetting.KIND)
    if context.target is None:
        return report
    return replace(report, findings=tuple(map(_without_drop, report.findings)))


def _without_drop(finding: Finding) -> Finding:
    """Never offer DROP ROLE on a real server: only what the role has in this one database is known."""
    return replace(finding, mend=UNKNOWN_ROLE) if finding.rule == "role-extra" else finding


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def effective_privileges(context: Context) -> Report:
    """Compare what each role can really do, through whatever path: grant, membership, PUBLIC, ownership, superuser."""
    return compare_access(context.examination.expected, context.actual)
