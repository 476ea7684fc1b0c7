"""The configuration of a sqitch project: a file in the manner of git's.

Source: github.com/bestpractical/config-gitlike, lib/Config/GitLike.pm; github.com/sqitchers/sqitch,
lib/App/Sqitch/Config.pm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_LINE = re.compile(
    r"""
      (?P<blank>\s+|[#;][^\n]*)
    | \[(?P<section>[^\s\[\]"]+)(?:[ \t]*"(?P<sub>[^\n]*?)")?\]
    | (?P<key>[^\[=\n][^=\n]*?)[ \t]*(?:=[ \t]*|(?P<bare>(?=\n)|$|[#;][^\n]*))
    """,
    re.VERBOSE,
)
_VALUE = re.compile(
    r"""
      (?P<comment>[ \t]*[#;][^\n]*)
    | (?P<blank>[ \t]+)
    | \\\r?\n
    | \\(?P<escape>['"ntb\\])
    | "(?P<quoted>(?:[^"\\]|\\.|\\\n)*)"
    | (?P<plain>[^ \t\\\n]+)
    """,
    re.VERBOSE,
)
_CONTROL = {"n": "\n", "t": "\t", "b": "\b", "\n": ""}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line `key = value` of a section, such as `core` or `engine.pg.variables`."""

    section: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Conf:
    """A configuration: the last of several entries holds."""

    entries: tuple[Entry, ...] = ()

    def get(self, section: str, key: str) -> str:
        """Return a value; an empty text where there is none. A key's case does not matter."""
        found = [e.value for e in self.entries if e.section == section and e.key.lower() == key]
        return found[-1].strip() if found else ""

    def section(self, name: str) -> dict[str, str]:
        """Return the values of a section by key."""
        return {entry.key: entry.value for entry in self.entries if entry.section == name}

    def names(self, kind: str) -> list[str]:
        """Return what sections there are of a kind: of `target` the names of the targets."""
        found = (entry.section.partition(".") for entry in self.entries)
        return list(dict.fromkeys(name for first, _, name in found if first == kind and "." not in name))


def read_conf(path: Path) -> Conf:
    """Read a configuration.

    Raises:
        MigrationError: It cannot be read.
    """
    return Conf(tuple(_entries(read_text(path), Place(path))))


def _entries(text: str, place: Place) -> Iterator[Entry]:
    section, at = "", 0
    while at < len(text):
        match = _LINE.match(text, at)
        if match is None:
            raise place.error("neither a section nor a value", text=text, at=at, hint="write [section] or key = value")
        at = match.end()
        if match["section"] is not None:
            section = match["section"].lower() + (f".{match['sub']}" if match["sub"] is not None else "")
        elif match["bare"] is not None:
            yield Entry(section, match["key"], "true")
        elif match["key"] is not None:
            value, at = _value(text, at, place)
            yield Entry(section, match["key"], value)


def _value(text: str, at: int, place: Place) -> tuple[str, int]:
    """Return what stands behind a key, and the offset behind it: blanks between words are one."""
    value = ""
    while at < len(text) and text[at] != "\n":
        match = _VALUE.match(text, at)
        if match is None:
            raise place.error("this value has no end", text=text, at=at, hint="close the quote, or write \\\\ for \\")
        if match["blank"] is not None:
            value += " "
        elif match["escape"] is not None:
            value += _CONTROL.get(match["escape"], match["escape"])
        elif match["quoted"] is not None:
            value += re.sub(r"\\(.|\n)", lambda m: _CONTROL.get(m[1], m[1]), match["quoted"])
        value += match["plain"] or ""
        at = match.end()
    return value, at
