"""The little of YAML that small metadata files are written in: a flat mapping to scalars and to lists of scalars.

What YAML allows beyond that (nesting, anchors, tags, texts of several lines, escapes) is refused where it stands, never
guessed. Source of the rules for plain scalars: YAML 1.1, section 9.1.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pgassay.migrations.tokens import Place

Value = str | tuple[str, ...]

_END = r"[ \t]*(?:(?<=[ \t])#.*)?"
_NOTHING = re.compile(r"[ \t]*(?:#.*)?")
_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)[ \t]*:(?:[ \t]+(.*))?")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_LIST = re.compile(rf"\[([^][{{}}'\"#:]*)\]{_END}")
_SINGLE = re.compile(rf"'((?:[^']|'')*)'{_END}")
_DOUBLE = re.compile(rf'"([^"\\]*)"{_END}')
_PLAIN_START = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=\S)"
_PLAIN_REST = r"[^:#]|:(?=[^ \t])|(?<=[^ \t])#"
_PLAIN = re.compile(rf"((?:{_PLAIN_START})(?:{_PLAIN_REST})*?){_END}")


def read_mapping(text: str, place: Place) -> Mapping[str, Value]:
    """Read a text of lines `key: value`; a value is a scalar, `[a, b]`, or a list on the lines below, one `- a` each.

    Scalars are returned as texts, without quotes; a key without a value has an empty one.

    Raises:
        MigrationError: Something else stands there.
    """
    found: dict[str, Value] = {}
    key, at = "", 0
    for line in text.splitlines(keepends=True):
        try:
            key = _take(found, key, line.rstrip("\r\n"))
        except ValueError as error:
            raise place.error(
                f'"{str(error).strip()[:80]}" is YAML that is not understood here',
                text=text,
                at=at,
                hint="write key: value, key: [a, b], or a list of - a below the key",
            ) from None
        at += len(line)
    return found


def _take(found: dict[str, Value], key: str, line: str) -> str:
    """Take a line, and return the key that it belongs to; a ValueError says what is not understood."""
    if match := _KEY.fullmatch(line):
        found[match[1]] = _value(match[2] or "")
        return match[1]
    if match := _ITEM.fullmatch(line):
        before = found.get(key, line)
        if isinstance(before, str) and before:
            raise ValueError(line)
        found[key] = (*before, _scalar(match[1]))
    elif not _NOTHING.fullmatch(line) and (found or line.rstrip() != "---"):
        raise ValueError(line)
    return key


def _value(written: str) -> Value:
    if _NOTHING.fullmatch(written):
        return ""
    if match := _LIST.fullmatch(written):
        items = [item.strip() for item in match[1].split(",")]
        return tuple(map(_scalar, items if items[-1] else items[:-1]))  # a comma may stand behind the last one too
    return _scalar(written)


def _scalar(written: str) -> str:
    if match := _SINGLE.fullmatch(written):
        return match[1].replace("''", "'")
    if match := _DOUBLE.fullmatch(written) or _PLAIN.fullmatch(written):
        return match[1]
    raise ValueError(written)
