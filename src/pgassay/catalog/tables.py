"""Tables: ordinary, partitioned and foreign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Record):
    """A table. Its columns, constraints, indexes, triggers and policies are records of their own.

    Attributes:
        table_kind: `table`, `partitioned table` or `foreign table`.
        columns: The columns' names in order; positions are not compared, their order is.
        partition_key: What PARTITION BY says, or None.
        partition_bound: What FOR VALUES says, or None.
        parents: Qualified names of what it inherits from, or is a partition of, in order.
        replica_identity: `default`, `nothing`, `full`, or `index NAME`.
    """

    KIND: ClassVar[str] = "table"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    table_kind: str
    persistence: str
    columns: tuple[str, ...]
    access_method: str | None
    tablespace: str | None
    row_security: bool
    force_row_security: bool
    replica_identity: str
    options: Mapping[str, str]
    partition_key: Deparsed | None
    partition_bound: Deparsed | None
    parents: tuple[str, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
