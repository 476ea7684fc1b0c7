"""Functions and procedures; aggregates are another kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pgassay.catalog.record import Deparsed, Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Record):
    """A function, window function or procedure.

    Attributes:
        arguments: The types that identify it, as `pg_get_function_identity_arguments` without names.
        function_kind: `function`, `window` or `procedure`.
        signature: Arguments with modes, names and defaults.
        body: The source text with line ends as LF; for SQL-standard bodies the deparsed text.
        definition: What CREATE OR REPLACE takes, for the mend; not compared.
    """

    KIND: ClassVar[str] = "function"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "arguments")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    arguments: str
    function_kind: str
    signature: Deparsed
    result: str | None
    language: str
    body: str
    binary: str | None
    volatility: str
    strict: bool
    security_definer: bool
    leakproof: bool
    parallel: str
    cost: float
    rows: float
    support: str | None
    settings: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
    definition: str = field(compare=False, default="")

    @property
    def label(self) -> str:
        """Kind, qualified name and argument types."""
        return f"{self.function_kind} {quote_name(self.schema)}.{quote_name(self.name)}({self.arguments})"
