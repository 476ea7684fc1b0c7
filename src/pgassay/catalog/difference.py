"""What a comparison yields: one difference an object, with the attributes that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pgassay.catalog.record import Record, one_line, shortened


class Change(StrEnum):
    """What became of an object."""

    MISSING = "missing"
    EXTRA = "extra"
    RENAMED = "renamed"
    DIFFERS = "differs"
    UNKNOWN_SCHEMA = "unknown schema"


class Aspect(StrEnum):
    """What sort of fact differs: each is a finding of its own, since different people mend and accept them."""

    DEFINITION = "definition"
    COLUMN_ORDER = "column order"
    OWNER = "owner"
    PRIVILEGES = "privileges"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, repr=False)
class AttributeDifference:
    """One attribute that differs.

    Attributes:
        name: The attribute; `column order` where only the order of a table's columns differs, `name` of what is
            called otherwise.
        expected: Its value where it should be.
        actual: Its value where it is.
        note: A sentence for the reader, such as that only white space differs; or empty.
    """

    name: str
    expected: Any
    actual: Any
    note: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}: expected {shortened(repr(self.expected))}, found {shortened(repr(self.actual))}>"

    @property
    def missing(self) -> Any:
        """Of sets and mappings: what is expected and not there (for a mapping: or has another value); else None."""
        return _without(self.expected, self.actual)

    @property
    def extra(self) -> Any:
        """Of sets and mappings: what is there and not expected (for a mapping: or has another value); else None."""
        return _without(self.actual, self.expected)

    @property
    def aspect(self) -> Aspect:
        """The sort of fact that this attribute is."""
        by_name = {
            "owner": Aspect.OWNER,
            "privileges": Aspect.PRIVILEGES,
            "comment": Aspect.COMMENT,
            "not_null_comment": Aspect.COMMENT,
            "column order": Aspect.COLUMN_ORDER,
        }
        return by_name.get(self.name, Aspect.DEFINITION)


def _without(these: Any, those: Any) -> Any:
    if isinstance(these, frozenset) and isinstance(those, frozenset):
        return these - those
    if isinstance(these, Mapping) and isinstance(those, Mapping):
        return {key: value for key, value in these.items() if key not in those or those[key] != value}
    return None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Difference:
    """One object that differs.

    Attributes:
        kind: The object's kind.
        object: Its label: the expected one's, where there is one.
        change: What became of it.
        attributes: What differs; empty where it is missing or extra.
        expected: The record that should be there, its roles already under the names that they have where it is
            compared; None where there should be none.
        actual: The record that is there, or None.
        hidden: How many objects that live under it (or follow it) differ on its account and are not reported.
    """

    kind: str
    object: str
    change: Change
    attributes: tuple[AttributeDifference, ...] = ()
    expected: Record | None = None
    actual: Record | None = None
    hidden: int = 0

    def __repr__(self) -> str:
        attributes = f": {', '.join(attribute.name for attribute in self.attributes)}" if self.attributes else ""
        with_it = f" (and {self.hidden} more with it)" if self.hidden else ""
        return one_line(f"<{self.change} {self.object}{attributes}{with_it}>")

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """The aspects that differ, each once."""
        if not self.attributes:
            return (Aspect.DEFINITION,)
        return tuple(aspect for aspect in Aspect if any(a.aspect is aspect for a in self.attributes))

    def by_aspect(self) -> tuple[Difference, ...]:
        """Split into one difference an aspect; the definition keeps the change, the others are `differs`."""
        return tuple(self._only(aspect) for aspect in self.aspects)

    def _only(self, aspect: Aspect) -> Difference:
        attributes = tuple(a for a in self.attributes if a.aspect is aspect)
        if aspect is Aspect.DEFINITION:
            return replace(self, attributes=attributes)
        return replace(self, attributes=attributes, change=Change.DIFFERS, hidden=0)

    def attribute(self, name: str) -> AttributeDifference | None:
        """Return the difference of one attribute, or None where it does not differ."""
        return next((a for a in self.attributes if a.name == name), None)

    def __iter__(self) -> Iterator[AttributeDifference]:
        return iter(self.attributes)
