"""Views and materialized views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Record):
    """A view. Its columns are records of their own."""

    KIND: ClassVar[str] = "view"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    columns: tuple[str, ...]
    definition: Deparsed
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterializedView(Record):
    """A materialized view. Its columns and indexes are records of their own."""

    KIND: ClassVar[str] = "materialized view"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    columns: tuple[str, ...]
    definition: Deparsed
    populated: bool
    access_method: str
    tablespace: str | None
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
