"""Constraints of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(Record):
    """A constraint of a table: NOT NULL is the column's.

    Attributes:
        constraint_type: `check`, `foreign key`, `primary key`, `unique`, `exclusion` or `trigger`.
        definition: What ALTER TABLE ... ADD takes.
        references: The referenced table, qualified, or None.
        on_update: `no action`, `restrict`, `cascade`, `set null`, `set default`, or None.
        enforced: NOT ENFORCED (18+) makes it false.
        fires: Whether the internal triggers that do its work are all enabled (DISABLE TRIGGER ALL switches a foreign
            key off, and nothing else shows it).
    """

    KIND: ClassVar[str] = "constraint"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table",), 2)
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    table: str
    name: str
    constraint_type: str
    definition: Deparsed
    columns: tuple[str, ...]
    references: str | None
    referenced_columns: tuple[str, ...]
    on_update: str | None
    on_delete: str | None
    match: str | None
    deferrable: bool
    deferred: bool
    validated: bool
    enforced: bool
    fires: bool
    no_inherit: bool
    local: bool
    comment: str | None
