"""Schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Record):
    """A schema that is not the system's; `public` counts, for it may be dropped and made again."""

    KIND: ClassVar[str] = "schema"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema",)

    schema: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
