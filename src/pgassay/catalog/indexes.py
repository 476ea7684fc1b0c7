"""Indexes, those of constraints included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumn:
    """One key of an index.

    Attributes:
        expression: A column's name as SQL writes it, or an expression.
        operator_class: Qualified where it is not in pg_catalog.
        descending: Whether the order is DESC.
        nulls_first: Whether NULLS FIRST; None where the method has no order.
    """

    expression: Deparsed
    collation: str | None
    operator_class: str
    operator_class_options: Mapping[str, str]
    descending: bool | None
    nulls_first: bool | None
    statistics_target: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Record):
    """An index.

    Attributes:
        constraint: The name of the constraint that it serves, or None.
        include: The names of INCLUDE columns.
        definition: What CREATE INDEX takes, for the mend; not compared.
    """

    KIND: ClassVar[str] = "index"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = None
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    name: str
    table: str
    method: str
    columns: tuple[IndexColumn, ...]
    include: tuple[str, ...]
    predicate: Deparsed | None
    unique: bool
    nulls_not_distinct: bool
    primary: bool
    immediate: bool
    exclusion: bool
    constraint: str | None
    parents: tuple[str, ...]
    valid: bool
    ready: bool
    live: bool
    clustered: bool
    options: Mapping[str, str]
    tablespace: str | None
    comment: str | None
    definition: str = field(compare=False, default="")
