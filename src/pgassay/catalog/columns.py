"""Columns of tables, views and materialized views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Grant, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Record):
    """A column.

    Attributes:
        default: The default's expression; for a generated column its expression.
        identity_column: `always`, `by default`, or None.
        generated: `stored`, `virtual`, or None.
        not_null_name: The name of its NOT NULL constraint (18+) where it is not the generated one.
        privileges: Those on the column itself.
    """

    KIND: ClassVar[str] = "column"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (
        ("table", "view", "materialized view"),
        2,
    )

    schema: str
    table: str
    name: str
    type: str
    not_null: bool
    not_null_name: str | None
    default: Deparsed | None
    identity_column: str | None
    generated: str | None
    collation: str | None
    storage: str
    compression: str | None
    statistics_target: int | None
    options: Mapping[str, str]
    local: bool
    privileges: frozenset[Grant]
    comment: str | None
