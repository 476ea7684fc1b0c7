"""What the mend of any kind may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Difference
from pgassay.catalog.record import Record

Statements = list[str]
"""Whole statements, each with its semicolon, or sentences (`sqltext.sentence`)."""


@dataclass(frozen=True, slots=True)
class Context:
    """The two catalogs that were compared.

    Attributes:
        expected: What should be.
        actual: What is there.
    """

    expected: Catalog
    actual: Catalog

    def wanted(self, kind: str, *, schema: str, table: str) -> Iterator[Any]:
        """Yield the expected records of one kind that belong to a table or view."""
        for record in self.expected.records.get(kind, {}).values():
            if (getattr(record, "schema", None), getattr(record, "table", None)) == (schema, table):
                yield record

    def has(self, kind: str, *identity: str) -> bool:
        """Tell whether the actual database has an object."""
        return identity in self.actual.records.get(kind, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mender:
    """How one kind of object is mended. Records and differences are of that kind.

    Attributes:
        create: Makes a missing object, with what lives in it.
        drop: Removes an extra one.
        alter: Mends what differs in the definition.
    """

    create: Callable[[Any, Context], Statements]
    drop: Callable[[Any, Context], Statements]
    alter: Callable[[Difference, Context], Statements]


def both(difference: Difference) -> tuple[Any, Any]:
    """Return the expected and the actual record of an object that both have."""
    return difference.expected, difference.actual


def nothing_to_create(_record: Record, _context: Context) -> Statements:
    """Create nothing: the kind is always there."""
    return []
