"""Texts that match a regular expression or a LIKE pattern, another one for each number."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence

# What a pattern is made of is known to the standard library alone; its parser has no public name.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, cast
from warnings import catch_warnings

LETTERS = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. @/:,+~!#$%&*()=?"
_CLASSES = {"alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "digit": "0-9", "lower": "a-z", "upper": "A-Z", "xdigit": "0-9a-f"}
_OTHER_CLASSES = {"space": r"\s", "punct": "!-/", "word": r"\w"}
_EDGES = re.compile(r"\\[mMyAZ]")  # of words and texts: whatever they stand at is there of itself
_POSIX = re.compile(r"\[:(\w+):\]")
_CATEGORIES = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    sre.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    sre.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    sre.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


def matching(pattern: str, number: int, *, width: int) -> str | None:
    """Return a text that a regular expression matches, for common ones; None where it is too peculiar.

    Args:
        pattern: As PostgreSQL reads it.
        number: Another one gives another text, as long as the pattern has room.
        width: How often what may be repeated is repeated, where the pattern allows.
    """
    try:
        with catch_warnings(action="ignore"):  # of "[[", which PostgreSQL reads as it is meant
            parsed = parser.parse(_EDGES.sub("", _POSIX.sub(_posix, pattern)))
    except (re.error, OverflowError):
        return None
    return _Text(number, width).of(parsed)


def like(pattern: str, number: int, *, width: int) -> str:
    """Return a text that a LIKE pattern matches: `%` stands for the number in so many digits, `_` for a letter."""
    return re.sub(r"\\(.)|([%_])", lambda m: m[1] or {"%": f"{number:0{width}}", "_": "a"}[m[2]], pattern)


def _posix(found: re.Match[str]) -> str:
    return {**_CLASSES, **_OTHER_CLASSES}.get(found[1], found[0])


class _Text:
    """Walks a parsed pattern; each choice takes a digit of the number, in a base of as many as there are choices."""

    def __init__(self, number: int, width: int) -> None:
        self.left = number
        self.width = width

    def of(self, parsed: Iterable[tuple[Any, Any]]) -> str | None:
        parts = [self.one(operation, argument) for operation, argument in parsed]
        return None if None in parts else "".join(cast(list[str], parts))

    def one(self, operation: Any, argument: Any) -> str | None:
        text: str | None = None
        match operation:
            case sre.LITERAL:
                text = chr(argument)
            case sre.IN | sre.ANY | sre.NOT_LITERAL:
                text = self.pick(_letters(operation, argument))
            case sre.BRANCH:
                text = self.of(self.pick(argument[1]))
            case sre.SUBPATTERN:
                text = self.of(argument[-1])
            case sre.MAX_REPEAT | sre.MIN_REPEAT:
                least, most, inner = argument
                text = self.of(item for _ in range(max(least, min(most, self.width))) for item in inner)
            case sre.AT | sre.ASSERT | sre.ASSERT_NOT:
                text = ""
        return text

    def pick(self, choices: Sequence[Any]) -> Any:
        if not choices:
            return None
        self.left, digit = divmod(self.left, len(choices))
        return choices[digit]


def _letters(operation: Any, argument: Any) -> Sequence[str]:
    if operation is sre.ANY:
        return LETTERS[:36]
    items = [(sre.NEGATE, None), (sre.LITERAL, argument)] if operation is sre.NOT_LITERAL else argument
    negated = items[0][0] is sre.NEGATE
    found = [c for c in LETTERS if any(_has(item, c) for item in items) != negated]
    others = [chr(code) for kind, code in items if kind is sre.LITERAL and not negated and chr(code) not in LETTERS]
    return found or others


def _has(item: tuple[Any, Any], letter: str) -> bool:
    kind, argument = item
    match kind:
        case sre.LITERAL:
            return chr(argument) == letter
        case sre.RANGE:
            return bool(argument[0] <= ord(letter) <= argument[1])
        case sre.CATEGORY:
            return bool(cast(Any, _CATEGORIES[argument])(letter))
        case _:
            return False
