"""What an expression that PostgreSQL wrote is made of: names, numbers and strings.

Its text is regular, for it is deparsed: no comments, no dollar quotes, and backslashes in E'' strings alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

_TOKENS = re.compile(
    r"""
    (?P<escaped>\bE'(?:[^'\\]|''|\\.)*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<name>(?<!::)(?:"(?:[^"]|"")+"|[^\W\d][\w$]*))
  | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ARRAY = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')


def strings(text: str) -> list[str]:
    """Return the string literals, each once, in order; and the elements of those that are arrays."""
    found: dict[str, None] = {}
    for match in _TOKENS.finditer(text):
        if literal := match["string"] or match["escaped"]:
            value = _unquoted(literal)
            found.update(dict.fromkeys([value, *_elements(value)]))
    return list(found)


def numbers(text: str) -> list[Decimal]:
    """Return the numbers, in order of size, each once; those in string literals that are numbers, too."""
    plain = [match["number"] for match in _TOKENS.finditer(text) if match["number"]]
    quoted = [value for value in strings(text) if re.fullmatch(r"-?\d+(\.\d+)?", value)]
    found = {Decimal(number) for number in [*plain, *quoted]}
    negative = {-Decimal(number) for number in re.findall(r"- ?(\d+(?:\.\d+)?)", text)}
    return sorted(found | negative)


def names(text: str) -> frozenset[str]:
    """Return every word that may be a column's name, unquoted; that of a cast's type is none."""
    return frozenset(_names(text))


def _names(text: str) -> Iterator[str]:
    for match in _TOKENS.finditer(text):
        if name := match["name"]:
            yield name[1:-1].replace('""', '"') if name.startswith('"') else name


def _unquoted(literal: str) -> str:
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", r"\1", literal[2:-1].replace("''", "'"))


def _elements(value: str) -> list[str]:
    if not (value.startswith("{") and value.endswith("}")):
        return []
    return [re.sub(r"\\(.)", r"\1", quoted) or bare.strip() for quoted, bare in _ARRAY.findall(value[1:-1])]
