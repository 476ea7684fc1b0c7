"""Row security policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Record):
    """A policy.

    Attributes:
        command: `all`, `select`, `insert`, `update` or `delete`.
        roles: Whom it holds for; `PUBLIC` for everyone.
    """

    KIND: ClassVar[str] = "policy"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table",), 2)

    schema: str
    table: str
    name: str
    permissive: bool
    command: str
    roles: frozenset[RoleName]
    using: Deparsed | None
    check: Deparsed | None
    comment: str | None
