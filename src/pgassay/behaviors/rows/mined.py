"""What a CHECK's own text suggests: its constants, and texts, arrays and documents of the lengths that it names.

A CHECK is not parsed: whatever stands in it becomes a candidate, and the server says which of them satisfy it. So one
way serves IN lists, BETWEEN, lengths, patterns, and what they are joined to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise

from pgassay.behaviors.rows.builtin import DAY_TIMES, FRACTIONS, JSON, NETWORKS, RANGES, TEXTS, TIMES, WHOLE
from pgassay.behaviors.rows.candidate import Candidate, Pool, constant, cycle, fresh
from pgassay.behaviors.rows.documents import documents
from pgassay.behaviors.rows.moments import moments, times_of_day
from pgassay.behaviors.rows.networks import networks
from pgassay.behaviors.rows.patterns import like, matching
from pgassay.behaviors.rows.text import numbers, strings
from pgassay.behaviors.rows.texts import letters, sized, sized_hex
from pgassay.behaviors.rows.type_name import take_apart

LONGEST = 4_096  # characters of a text that is made because a CHECK names its length
_WIDTHS = (1, 2, 4, 8)
_FEW = 8  # words, or numbers, that are combined with each other
_META = frozenset("^$[]()*+?\\.{}|")


def mined(conditions: Iterable[str], type_: str) -> Pool:
    """Return the candidates for a type that conditions suggest."""
    return tuple(_suggested(tuple(conditions), type_))


def _suggested(conditions: tuple[str, ...], type_: str) -> Iterable[Candidate]:
    text = "\n".join(conditions)
    name = take_apart(type_)
    if name.element is not None:
        found: Iterable[Candidate] = _arrays(text, mined(conditions, name.element))
    elif subtype := RANGES.get(name.name):
        found = (shape for bound in mined(conditions, subtype) for shape in _ranges(bound))
    elif name.name in {*WHOLE, *FRACTIONS}:
        found = _numbers(numbers(text), whole=name.name in WHOLE)
    elif name.name in TIMES:
        found = moments(text, name.name)
    elif name.name in DAY_TIMES:
        found = times_of_day(text)
    elif name.name in NETWORKS:
        found = networks(text, hosts=name.name == "inet")
    elif name.name in JSON:
        found = (document for condition in conditions for document in documents(condition, _lengths(condition)))
    elif name.name == "bytea":
        found = _bytes(text)
    else:
        found = _texts(text) if name.bare in TEXTS else _plain(text)
    return found


def _plain(text: str) -> Iterator[Candidate]:
    found = tuple(strings(text))
    if len(found) > 1:
        yield cycle(found)
    yield from map(constant, found)


def _ranges(bound: Candidate) -> Iterator[Candidate]:
    for shape in ("[{0},{0}]", "[{0},)", "(,{0})"):
        yield replace(bound, make=lambda n, shape=shape: shape.format(quoted(bound.make(n) or "")))  # type: ignore[misc]


def _texts(text: str) -> Iterator[Candidate]:
    yield from _plain(text)
    for pattern in strings(text):
        if _META & set(pattern):
            yield from _matching(pattern, [*_WIDTHS, *_lengths(text)])
        if "%" in pattern or "_" in pattern:
            yield from (fresh(partial(like, pattern, width=width)) for width in [*_WIDTHS, *_lengths(text)])
    yield from (fresh(make) for size in _lengths(text) for make in _sized(size))
    yield from _longer(strings(text), _lengths(text))
    yield from _numbers(numbers(text), whole=True)


def _longer(words: list[str], sizes: list[int]) -> Iterator[Candidate]:
    """Yield texts that begin, or end, with a word, and are as long as they should be."""
    for word in [word for word in words if word][:_FEW]:
        for size in [*(size - len(word) for size in sizes if size > len(word)), 8]:
            yield fresh(lambda n, word=word, size=size: word + sized(n, size))  # type: ignore[misc]
            yield fresh(lambda n, word=word, size=size: sized(n, size) + word)  # type: ignore[misc]


def _matching(pattern: str, widths: Iterable[int]) -> Iterator[Candidate]:
    """Yield what matches a pattern, with what may be repeated repeated more or less often."""
    tried: set[str] = set()
    for width in widths:
        first = matching(pattern, 1, width=width)
        if first is not None and first not in tried:
            tried.add(first)
            other = matching(pattern, 2, width=width)
            yield Candidate(partial(matching, pattern, width=width), fresh=first != other)


def _sized(size: int) -> Iterator[Callable[[int], str]]:
    yield partial(sized, size=size)
    yield lambda n: letters(n).rjust(size, "a")[-size:] if size else ""
    yield lambda n: letters(n).upper().rjust(size, "A")[-size:] if size else ""
    yield lambda n: f"{n:0{size}}"[-size:] if size else ""


def _lengths(text: str) -> list[int]:
    found = {int(number) for number in numbers(text) if number == int(number) and 0 <= number <= LONGEST}
    return sorted({size for number in found for size in (number, number + 1, max(number - 1, 0))})


def _numbers(found: list[Decimal], *, whole: bool) -> Iterator[Candidate]:
    exact = [number for number in found if not whole or number == int(number)]
    for low, high in pairwise(exact):
        size = int(high - low) + 1
        yield Candidate(partial(_wrapped, low, size), fresh=size > 1_000)
    for number in exact:
        yield fresh(lambda n, number=number: f"{number + n:f}")  # type: ignore[misc]
        yield fresh(lambda n, number=number: f"{number - n:f}")  # type: ignore[misc]
        yield from (constant(f"{number + step:f}") for step in (0, 1, -1))
    if not whole:
        yield from (constant(f"{(low + high) / 2:f}") for low, high in pairwise(exact))
    for step in [number for number in exact if number > 1][:_FEW]:
        starts = [start for start in exact if start > step][:_FEW]
        yield from (fresh(lambda n, s=start, t=step: f"{s - s % t + t * n:f}") for start in [Decimal(0), *starts])  # type: ignore[misc]


def _wrapped(low: Decimal, size: int, n: int) -> str:
    return f"{low + n % size:f}"


def _bytes(text: str) -> Iterator[Candidate]:
    for size in _lengths(text):
        digits = sized_hex(2 * size)
        yield fresh(lambda n, digits=digits, size=size: f"\\x{digits(n)}" if size else "\\x")  # type: ignore[misc]
    yield from (constant(value) for value in strings(text) if value.startswith("\\x"))


def _arrays(text: str, elements: Pool) -> Iterator[Candidate]:
    words = strings(text)
    yield from (constant(array(words[:size])) for size in range(2, min(len(words), _FEW) + 1))
    plain = [*elements, fresh(str), fresh(letters)]
    sizes = [size for size in _lengths(text) if size <= 100] or [1]
    for element in plain:
        for size in sizes:
            yield fresh(lambda n, e=element, s=size: array([e.make(n + i) for i in range(s)]))  # type: ignore[misc]


def array(values: Iterable[str | None]) -> str:
    """Return an array as its type reads it."""
    return "{" + ",".join("NULL" if value is None else quoted(value) for value in values) + "}"


def quoted(value: str) -> str:
    """Return a value in the quotes of arrays, composites and ranges."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
