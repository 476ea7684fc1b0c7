"""Records and their attributes in words, for the lines of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.record import Grant, Record

NOT_THERE = "not there"


def expected_lines(difference: Difference) -> str:
    """Return what should be there, one line an attribute that differs."""
    if difference.change is Change.MISSING and difference.expected is not None:
        return summary(difference.expected)
    if difference.expected is None:
        return NOT_THERE
    return "\n".join(_line(a, a.expected, a.actual, a.missing) for a in difference.attributes)


def found_lines(difference: Difference) -> str:
    """Return what is there instead, one line an attribute that differs."""
    if difference.actual is None:
        return _counted("missing", difference.hidden)
    if difference.expected is None:
        return _counted(summary(difference.actual), difference.hidden)
    lines = [_line(a, a.actual, a.expected, a.extra) for a in difference.attributes]
    notes = [f" ({a.note})" if a.note else "" for a in difference.attributes]
    return _counted("\n".join(map("".join, zip(lines, notes, strict=True))), difference.hidden)


def _counted(text: str, hidden: int) -> str:
    if not hidden:
        return text
    return f"{text}\n(and {hidden} object{'s' if hidden > 1 else ''} that {'go' if hidden > 1 else 'goes'} with it)"


def _line(attribute: AttributeDifference, value: Any, other: Any, only_here: Any) -> str:
    """Say of sets, mappings and parts only what the other side does not have."""
    name = attribute.name.replace("_", " ")
    if only_here is not None:
        return f"{name}: {phrase(only_here) if only_here else _rest(value)}"
    return f"{name}: {phrase(_parts_not_in(value, other))}"


def _parts_not_in(value: Any, other: Any) -> Any:
    """Return those parts (keys, fields, constraints) that differ; all of them where only their order does."""
    if isinstance(value, tuple) and isinstance(other, tuple) and any(map(is_dataclass, value)):
        return tuple(part for part in value if part not in other) or value
    return value


def _rest(value: Any) -> str:
    return "no more than that" if value else "none"


def phrase(value: Any) -> str:
    """Return a value as a reader would write it, on one line where it is short."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_item(item)}" for key, item in sorted(value.items())) or "none"
    if isinstance(value, frozenset):
        return ", ".join(phrase(item) for item in sorted(value)) or "none"
    if isinstance(value, tuple):
        return ", ".join(phrase(item) for item in value) or "none"
    return _of_one(value)


def _item(value: Any) -> str:
    """Return what a key of a mapping has: text as it is, several texts with their order told from the next key."""
    return f"({phrase(value)})" if isinstance(value, tuple) else str(value)


def _of_one(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, Grant):
        parts = ((f.name, getattr(value, f.name)) for f in fields(value))
        said = [f"{name.replace('_', ' ')} {phrase(item)}" for name, item in parts if item not in (None, False, {})]
        return f"({', '.join(said)})"
    return str(value) or "empty"


def summary(record: Record) -> str:
    """Return the definition that PostgreSQL wrote, else what the record says, in few words."""
    definition = getattr(record, "definition", "")
    if definition:
        return str(definition)
    said = [
        f"{name.replace('_', ' ')} {phrase(value)}"
        for name, value in record.attributes.items()
        if value and name not in ("privileges", "comment", "members")
    ]
    return ", ".join(said) or record.summary or record.label
