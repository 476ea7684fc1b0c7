"""Cut SQL into tokens exactly as PostgreSQL's own lexer does, as far as finding statements needs it.

Source of the rules: `src/backend/parser/scan.l`. Only what can hide a semicolon, a marker or a word is told apart:
strings, quoted names, dollar quotes, comments, words, and single characters. One pass, linear in the text's length:
every pattern is possessive, and one that fails to find its end stops the whole pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from pgassay.errors import MigrationError


class Kind(Enum):
    """What a token is."""

    SPACE = auto()
    LINE_COMMENT = auto()
    BLOCK_COMMENT = auto()
    QUOTED = auto()  # strings, quoted names, dollar quotes
    WORD = auto()
    RUN = auto()  # words, numbers and operators in a row, where the reader does not want them one by one
    OTHER = auto()  # numbers, operators, punctuation; a parenthesis or a semicolon is always a token of its own
    PSQL = auto()  # a line of psql's own: only where the reader allows it


class Token(NamedTuple):
    """A piece of the text, from `start` up to `end`."""

    kind: Kind
    start: int
    end: int

    @property
    def blank(self) -> bool:
        """Whether the server ignores it."""
        kind = self.kind  # a set of members would be asked by their hash, which is Python code
        return kind is Kind.SPACE or kind is Kind.LINE_COMMENT or kind is Kind.BLOCK_COMMENT or kind is Kind.PSQL


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text comes from, for errors.

    Attributes:
        path: Its file, or None.
        line: The line of the file on which the text begins, counted from 1.
    """

    path: Path | None = None
    line: int = 1

    def error(self, problem: str, *, text: str, at: int, hint: str | None = None) -> MigrationError:
        """Make the error that names file and line of the character `at` of `text`."""
        line = self.line + text.count("\n", 0, at)
        where = f'"{self.path}", line {line}' if self.path else f"line {line}"
        return MigrationError(f"{where}: {problem}", hint=hint)


NOWHERE = Place()  # a text that comes from no file

# Whatever is not ASCII is a letter to PostgreSQL, no-break spaces too. Said by what is none: a class up to U+10FFFF
# takes 10 ms to compile.
_NAME_START = r"[^\x00-@\[-^`{-\x7f]"
_TAG = rf"{_NAME_START}[^\x00-/:-@\[-^`{{-\x7f]*+"
_NAME = rf"{_NAME_START}[^\x00-#%-/:-@\[-^`{{-\x7f]*+"

# Words, numbers and operators in a row; E opens a string with backslashes where a quote follows.
_RUN = rf"(?:(?![eE]'){_NAME}|[0-9,.=<>+*:%&|^!?@~\[\]{{}}]++|\$[0-9]++|-(?!-)|/(?!\*))"
_TOKEN_TEXT = rf"""
      (?P<SPACE>[ \t\n\r\f\v]++)
    | (?P<LINE_COMMENT>--[^\n\r]*+)
    | (?P<block>/\*)
    | (?P<escape>[eE]')
    | (?P<string>')
    | (?P<name>")
    | (?P<dollar>\$(?:{_TAG})?\$)
    | (?P<psql>\\)
    | (?P<WORD>{_NAME})
    | (?P<OTHER>[0-9,.=<>+*:%&|^!?@~\[\]{{}}]++|\$[0-9]++|.)
    """
WORD = re.compile(_NAME)
_TOKEN = re.compile(_TOKEN_TEXT, re.VERBOSE | re.DOTALL)
_COARSE = re.compile(rf"(?P<RUN>{_RUN}(?>(?:[ \t\n\r\f\v]++|{_RUN})*))|{_TOKEN_TEXT}", re.VERBOSE | re.DOTALL)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_STRING_END = re.compile(r"(?>(?:[^']++|'')*)'")
_ESCAPE_END = re.compile(r"(?>(?:[^'\\]++|\\.|'')*)'", re.DOTALL)
_NAME_END = re.compile(r'(?>(?:[^"]++|"")*)"')
# 'a' <newline> 'b' is one string; for E'a' <newline> 'b' the backslash stays an escape in the second half.
_CONTINUED = re.compile(r"(?>(?:[ \t\f\v]|--[^\n\r]*+)*)[\n\r](?>(?:[ \t\n\r\f\v]|--[^\n\r]*+[\n\r])*)'")
_PSQL_LINE = re.compile(r"\\[^\n\r]*+")
_RESTRICT = re.compile(r"\\(?:un)?restrict(?:[ \t]|$)")

_PLAIN = {
    "SPACE": Kind.SPACE,
    "LINE_COMMENT": Kind.LINE_COMMENT,
    "WORD": Kind.WORD,
    "OTHER": Kind.OTHER,
    "RUN": Kind.RUN,
}
_ENDS = {"string": (_STRING_END, "a string"), "name": (_NAME_END, "a quoted name")}


def tokens(text: str, *, place: Place = NOWHERE, restrict: bool = False, coarse: bool = False) -> Iterator[Token]:
    r"""Yield the tokens of `text`, without a gap.

    Args:
        text: SQL.
        place: Where it comes from, for errors.
        restrict: Let pg_dump's lines `\restrict` and `\unrestrict` through, as tokens of kind PSQL.
        coarse: Give words, numbers and operators in a row as one token, of kind RUN.

    Raises:
        MigrationError: A string, a quoted name, a dollar quote or a comment has no end, or a line is psql's own.
    """
    at = 0
    while at < len(text):
        token = token_at(text, at, place=place, restrict=restrict, coarse=coarse)
        yield token
        at = token.end


def token_at(text: str, at: int, *, place: Place = NOWHERE, restrict: bool = False, coarse: bool = False) -> Token:
    """Return the token that begins at an offset, which lies inside of no other.

    Args:
        text: SQL.
        at: The offset.
        place: As of `tokens`.
        restrict: As of `tokens`.
        coarse: As of `tokens`.

    Raises:
        MigrationError: As `tokens`.
    """
    match = (_COARSE if coarse else _TOKEN).match(text, at)
    assert match is not None and match.lastgroup is not None  # noqa: PT018 - OTHER takes any character
    if match.lastgroup in _PLAIN:
        return Token(_PLAIN[match.lastgroup], at, match.end())
    return _long_token(text, match, place, restrict=restrict)


def _long_token(text: str, match: re.Match[str], place: Place, *, restrict: bool) -> Token:
    """Find the end of what `match` opens."""
    start, group = match.start(), match.lastgroup or ""
    if group == "psql":
        return _psql_line(text, start, place, restrict=restrict)
    if group == "block":
        return Token(Kind.BLOCK_COMMENT, start, _block_end(text, start, place))
    if group == "dollar":
        end = text.find(match.group(), match.end())
        if end < 0:
            raise _unterminated(f"a string quoted with {match.group()}", text, start, place)
        return Token(Kind.QUOTED, start, end + len(match.group()))
    if group == "escape":
        return Token(Kind.QUOTED, start, _escape_end(text, match.end(), start, place))
    pattern, what = _ENDS[group]
    found = pattern.match(text, match.end())
    if found is None:
        raise _unterminated(what, text, start, place)
    return Token(Kind.QUOTED, start, found.end())


def _block_end(text: str, start: int, place: Place) -> int:
    """Block comments nest."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise _unterminated("a comment", text, start, place)


def _escape_end(text: str, at: int, start: int, place: Place) -> int:
    """Find the end of a string with backslashes, and of its continuations on further lines."""
    while True:
        found = _ESCAPE_END.match(text, at)
        if found is None:
            raise _unterminated("a string", text, start, place)
        more = _CONTINUED.match(text, found.end())
        if more is None:
            return found.end()
        at = more.end()


def _psql_line(text: str, start: int, place: Place, *, restrict: bool) -> Token:
    """A backslash outside of quotes is never SQL."""
    match = _PSQL_LINE.match(text, start)
    assert match is not None
    if restrict and _RESTRICT.match(match.group()):
        return Token(Kind.PSQL, start, match.end())
    raise place.error(
        f'"{match.group().rstrip()[:60]}" is a command of psql, not SQL',
        text=text,
        at=start,
        hint="take it out, or say the same in SQL: no psql is in between",
    )


def _unterminated(what: str, text: str, start: int, place: Place) -> MigrationError:
    return place.error(f"{what} begins here and has no end", text=text, at=start)
