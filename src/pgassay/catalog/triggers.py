"""Triggers that users made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Record):
    """A trigger.

    Attributes:
        timing: `before`, `after` or `instead of`.
        events: Of `insert`, `update`, `delete`, `truncate`.
        update_columns: The columns of UPDATE OF.
        level: `row` or `statement`.
        function: Qualified name of the function.
        arguments: Its arguments.
        enabled: `origin` (the usual one), `disabled`, `replica` or `always`.
        parent: The partitioned table's trigger that this one is a clone of, or None.
        definition: What CREATE TRIGGER takes, for the mend; not compared.
    """

    KIND: ClassVar[str] = "trigger"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table", "view"), 2)

    schema: str
    table: str
    name: str
    timing: str
    events: frozenset[str]
    update_columns: tuple[str, ...]
    level: str
    when: Deparsed | None
    function: str
    arguments: tuple[str, ...]
    enabled: str
    constraint: bool
    deferrable: bool
    deferred: bool
    references: str | None
    old_table: str | None
    new_table: str | None
    parent: str | None
    comment: str | None
    definition: str = field(compare=False, default="")
