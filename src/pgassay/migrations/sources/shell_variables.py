"""Put values in for `$NAME`, `${NAME:-default}` and the like, as goose's ENVSUB does.

Source: github.com/mfridman/interpolate, parser.go, interpolate.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ESCAPES = {"\\\\": "\\\\", "\\$": "$", "$$": "$", "$(": "$("}
_ESCAPE = re.compile("|".join(map(re.escape, _ESCAPES)))
_NAME = re.compile(r"[^\W\d_]\w*")
_OPERATION = re.compile(r"\}|:-|:|-|\?")
_PART = re.compile(r"\s*([+-]?[0-9]+)\s*(?::\s*([+-]?[0-9]+)\s*)?")

Expanded = tuple[str, frozenset[str]]  # the text, and the names that have no value


def expand(text: str, values: Mapping[str, str]) -> Expanded:
    """Return a text with its variables replaced, and the names of those that have neither a value nor a default.

    Raises:
        ValueError: A variable is not written as it must be; its message says how.
    """
    return _Expander(text, values).expression()


@dataclass(slots=True)
class _Expander:
    text: str
    values: Mapping[str, str]
    at: int = 0

    def expression(self, stop: str = "") -> Expanded:
        """Expand up to a character, or the end."""
        parts: list[str] = []
        unset: frozenset[str] = frozenset()
        while self.at < len(self.text) and self.text[self.at] != stop:
            if escape := _ESCAPE.match(self.text, self.at):
                self.at = escape.end()
                parts.append(_ESCAPES[escape[0]])
            elif self.text[self.at] == "$" and self.at + 1 < len(self.text):
                value, missing = self._variable()
                parts.append(value)
                unset |= missing
            else:
                parts.append(self.text[self.at])
                self.at += 1
        return "".join(parts), unset

    def _variable(self) -> Expanded:
        begun, braced = self.at, self.text.startswith("${", self.at)
        self.at += 2 if braced else 1
        name = self._take(_NAME, begun)[0]
        if not braced or (operation := self._take(_OPERATION, begun)[0]) == "}":
            return self._value(name)
        found = self._part(name, begun) if operation == ":" else self._or(name, operation, self.expression("}"))
        self._take(re.compile("}"), begun)
        return found

    def _take(self, pattern: re.Pattern[str], begun: int) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(
                f'"{self.text[begun : self.at + 1]}" is not a variable: write ${{NAME}}, or $$ for a dollar'
            )
        self.at = match.end()
        return match

    def _value(self, name: str) -> Expanded:
        return (self.values[name], frozenset()) if name in self.values else ("", frozenset({name}))

    def _or(self, name: str, operation: str, default: Expanded) -> Expanded:
        """Return the value, or what stands behind `-` where there is none, behind `:-` also where it is empty."""
        lacks = not self.values.get(name) if operation == ":-" else name not in self.values
        return default if lacks and operation != "?" else self._value(name)

    def _part(self, name: str, begun: int) -> Expanded:
        """Return a part of the value: from an offset, and so many characters; negative ones count from its end."""
        numbers = self._take(_PART, begun)
        value, unset = self._value(name)
        first = int(numbers[1])
        first = min(max(first + len(value) if first < 0 else first, 0), len(value))
        if numbers[2] is None:
            return value[first:], unset
        length = int(numbers[2])
        return value[first : max(first, first + length if length >= 0 else len(value) + length)], unset
