"""The order of names in JavaScript's localeCompare, as far as ASCII goes.

Source: the root collation of CLDR: punctuation, digits, letters, and capitals only where all else is equal.
"""

from __future__ import annotations

import re

_ORDER = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
_RUN = re.compile(r"([0-9]+)|([^\W_])")

Key = tuple[list[tuple[int, int, str]], str]


def collated(name: str) -> Key:
    """Return the key by which a name is sorted."""
    return [_weight(char) for char in name.lower()], name.swapcase()


def collated_numerically(name: str) -> Key:
    """Return the key where numbers count as such and punctuation does not count."""
    runs = _RUN.finditer(name.lower())
    return [_number(match[1]) if match[1] else _weight(match[2]) for match in runs], name.swapcase()


def _weight(char: str) -> tuple[int, int, str]:
    at = _ORDER.find(char)
    return (at, 0, "") if at >= 0 else (len(_ORDER), 0, char)


def _number(digits: str) -> tuple[int, int, str]:
    return _ORDER.index("0"), int(digits), ""
