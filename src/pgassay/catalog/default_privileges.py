"""Default privileges for objects to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivileges(Record):
    """What ALTER DEFAULT PRIVILEGES left for one role, schema and sort of object.

    Attributes:
        role: Whose new objects they are for.
        schema: Empty: in every schema.
        object_type: `tables`, `sequences`, `functions`, `types`, `schemas` or `large objects`.
    """

    KIND: ClassVar[str] = "default privileges"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "schema", "object_type")

    role: RoleName
    schema: str
    object_type: str
    privileges: frozenset[Grant]
