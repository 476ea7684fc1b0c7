"""One way to make the values of a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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


def later(candidate: Candidate, step: int) -> Candidate:
    """Return the candidate that gives what another one gives some numbers later."""
    return replace(candidate, make=lambda n: candidate.make(n + step))


def cycle(values: tuple[str, ...]) -> Candidate:
    """Return the candidate that goes through values in turn."""
    return Candidate(lambda n: values[(n - 1) % len(values)])


def in_turn(values: Sequence[tuple[str, ...]]) -> list[Candidate]:
    """Return a candidate for each of several columns, which go through all combinations of their values together."""
    found, size = [], 1
    for texts in values:
        found.append(Candidate(lambda n, texts=texts, size=size: texts[(n - 1) // size % len(texts)]))  # type: ignore[misc]
        size *= len(texts)
    return found
