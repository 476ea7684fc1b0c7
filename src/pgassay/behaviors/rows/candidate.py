"""One way to make the values of a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """Where a value comes from in the end."""

    VALUE = "value"
    NULL = "null"
    DEFAULT = "default"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A function from a row's number to a text that the column's type reads.

    Attributes:
        make: The function; None is NULL. Of a default or a parent's key it gives what stands for it in a CHECK.
        fresh: Whether each number gives another value.
        source: Where the value comes from in the end.
    """

    make: Callable[[int], str | None]
    fresh: bool = False
    source: Source = Source.VALUE


Pool = tuple[Candidate, ...]
"""The candidates of one column, the likeliest first."""

NULL = Candidate(lambda _: None, source=Source.NULL)


def constant(text: str | None) -> Candidate:
    """Return the candidate that is always the same."""
    return Candidate(lambda _: text)


def fresh(make: Callable[[int], str]) -> Candidate:
    """Return the candidate that is another one for each number."""
    return Candidate(make, fresh=True)


def cycle(values: tuple[str, ...]) -> Candidate:
    """Return the candidate that goes through values in turn."""
    return Candidate(lambda n: values[(n - 1) % len(values)])
