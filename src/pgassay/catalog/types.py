"""Enums, domains, composite and range types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum(Record):
    """An enum; the order of its labels counts, their sort numbers do not."""

    KIND: ClassVar[str] = "enum"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    labels: tuple[str, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainConstraint:
    """A constraint of a domain: a check, or (17+) a named NOT NULL."""

    name: str
    definition: Deparsed
    validated: bool
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(Record):
    """A domain."""

    KIND: ClassVar[str] = "domain"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    type: str
    collation: str | None
    not_null: bool
    default: Deparsed | None
    constraints: tuple[DomainConstraint, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a composite type."""

    name: str
    type: str
    collation: str | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeType(Record):
    """A composite type that stands on its own (not a table's row type)."""

    KIND: ClassVar[str] = "composite type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    fields: tuple[Attribute, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeType(Record):
    """A range type, with its multirange."""

    KIND: ClassVar[str] = "range type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    subtype: str
    operator_class: str
    collation: str | None
    canonical: str | None
    difference: str | None
    multirange: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
