"""What a managed service puts into each of its databases, which is nobody else's business."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.cluster import Tablespace
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.languages import Language
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.publications import Publication
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.parts import keep, names
from pgassay.catalog.record import Record
from pgassay.catalog.selection import matches, schema_of

ROLE_KINDS = frozenset({Role.KIND, Membership.KIND, RoleSetting.KIND, RoleSecurityLabel.KIND})
"""Kinds that are about a role."""

OUTSIDE_SCHEMAS = (
    EventTrigger,
    ForeignDataWrapper,
    ForeignServer,
    Language,
    LargeObject,
    Publication,
    Subscription,
    Tablespace,
)
"""What lives in no schema, and so is a managed service's where it belongs to a role of its own."""

OF_EXTENSIONS = (SystemObject, SecurityLabel, Policy, Rule, Trigger)
"""What may be about a member of an extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a managed service puts into each of its databases; names are globs."""

    title: str
    recognised_by: str
    roles: tuple[str, ...]
    schemas: tuple[str, ...]
    extensions: tuple[str, ...]


@cache
def services() -> tuple[Service, ...]:
    """Return the managed services that are known; their data is in `services.toml`."""
    text = files("pgassay.catalog").joinpath("services.toml").read_text(encoding="utf-8")
    return tuple(
        Service(
            title=entry["title"],
            recognised_by=entry["recognised_by"],
            roles=tuple(entry["roles"]),
            schemas=tuple(entry["schemas"]),
            extensions=tuple(entry["extensions"]),
        )
        for entry in tomllib.loads(text).values()
    )


def without_services(expected: Catalog, actual: Catalog, notes: list[str]) -> Catalog:
    """Leave out what the managed service put in that the database is recognised to be on."""
    for service in services():
        if service.recognised_by in names(actual, Role):
            kept = keep(actual, partial(_not_of, service, expected))
            left = len(actual) - len(kept)
            said = f"{service.title} (recognised by its role {service.recognised_by}): {left} objects left out"
            notes += [said] if left else []
            actual = kept
    return actual


def _not_of(service: Service, expected: Catalog, record: Record) -> bool:
    """Tell whether a record is none of the service's own; what the contract names is the contract's."""
    if record.identity in expected.records.get(record.KIND, {}):
        return True
    extension, role = _extension_of(record), _role_of(record)
    if extension is not None:
        return not matches(extension, service.extensions)
    if role is not None:
        return not matches(role, (service.recognised_by, *service.roles))
    schema = schema_of(record)
    return schema is None or schema in names(expected, Schema) or not matches(schema, service.schemas)


def _extension_of(record: Record) -> str | None:
    """Return the extension that a record is, or is about, or None."""
    if isinstance(record, Extension):
        return record.name
    return record.extension if isinstance(record, OF_EXTENSIONS) else None


def _role_of(record: Record) -> str | None:
    """Return the role that a record is about, or, of what lives in no schema, whose it is; or None."""
    if record.KIND in ROLE_KINDS or isinstance(record, DefaultPrivileges):
        return record.identity[0]
    if isinstance(record, UserMapping):
        return record.role
    return record.owner if isinstance(record, OUTSIDE_SCHEMAS) else None
