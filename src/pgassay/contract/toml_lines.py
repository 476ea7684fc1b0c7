"""In which line of a TOML file each table and key begins: tomllib does not say, and an error must.

The text has been parsed already, so it is right; what is looked for is only where lines begin that are no part of a
string or of an array that is still open.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
"""The way from the top to a table or key: names, and numbers from 0 in an array of tables."""

_KEY = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEAD = re.compile(rf"[ \t]*(?P<open>\[\[?)[ \t]*(?P<names>{_DOTTED})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*(?P<names>{_DOTTED})[ \t]*=")
# A text of several lines may end with up to five quotes, of which three close it.
_TOKEN = re.compile(
    r""""{3}(?:[^\\]|\\.)*?"{3,5} | \'{3}.*?\'{3,5} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | \#[^\n]*
      | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<end>\n)""",
    re.VERBOSE | re.DOTALL,
)


def find_lines(text: str) -> Mapping[Place, int]:
    """Return the line, from 1, in which each table and each key of a TOML text begins; inline tables' keys apart.

    Args:
        text: A text that tomllib reads.
    """
    lines: dict[Place, int] = {}
    entries: Counter[Place] = Counter()
    inside: Place = ()
    for number, statement in _statements(text):
        if head := _HEAD.match(statement):
            inside = _resolved(_names(head["names"]), entries, another=head["open"] == "[[")
            _begin(lines, inside, number)
        elif assignment := _ASSIGNMENT.match(statement):
            _begin(lines, (*inside, *_names(assignment["names"])), number)
    return lines


def _begin(lines: dict[Place, int], place: Place, number: int) -> None:
    """Note where a place begins, and what holds it where nothing has begun it before."""
    for end in range(1, len(place) + 1):
        lines.setdefault(place[:end], number)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each head and assignment with its line; a value of several lines is one with what it is assigned to."""
    begin, number, depth = 0, 1, 0
    for token in _TOKEN.finditer(f"{text}\n"):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if token["end"] and not depth:
            yield number, text[begin : token.start()]
            number += text.count("\n", begin, token.end())
            begin = token.end()


def _names(dotted: str) -> tuple[str, ...]:
    """Take a dotted key apart, as tomllib does: its parts may be quoted, and hold dots."""
    names: list[str] = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(value, dict):
        ((name, value),) = value.items()
        names.append(name)
    return tuple(names)


def _resolved(names: tuple[str, ...], entries: Counter[Place], *, another: bool) -> Place:
    """Return a head's place: below an array of tables it means the last entry."""
    place: Place = ()
    for position, name in enumerate(names, 1):
        place = (*place, name)
        if another and position == len(names):
            entries[place] += 1
        if entries[place]:
            place = (*place, entries[place] - 1)
    return place
