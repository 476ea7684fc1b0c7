"""Sequences; their positions are not compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Record):
    """A sequence.

    Attributes:
        owned_by: `schema.table.column` of what it is owned by, or None.
        identity_column: Whether it serves an identity column.
    """

    KIND: ClassVar[str] = "sequence"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    name: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    persistence: str
    owned_by: str | None
    identity_column: bool
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
