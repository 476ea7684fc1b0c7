"""Cut a text as Supabase's CLI does, which is not quite as PostgreSQL does.

A semicolon ends nothing within quotes, comments, parentheses and `BEGIN ATOMIC ... END`; but the first closing
parenthesis closes all that are open, any word that ends in END ends a body, a `$` opens a quote within a word too, and
a backslash hides the character behind it outside of strings rather than inside.

Source: github.com/supabase/cli, apps/cli-go/pkg/parser/state.go and token.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgassay.migrations.model import Piece

_NEXT = re.compile(r"(?P<dollar>\$\w*+\$?)|(?P<quote>['\"])|--|/\*|\\.?|[;()]|atomic|end", re.IGNORECASE | re.DOTALL)
_QUOTE_ENDS = {"'": re.compile(r"(?>(?:[^']++|'')*)'?"), '"': re.compile(r'(?>(?:[^"]++|"")*)"?')}
_BEGIN = re.compile(r"(?<![\w$])begin\s+\Z", re.IGNORECASE)
_COMMENT_EDGE = re.compile(r"(?=(/\*|\*/))")  # which may overlap: `/*/` is a whole comment to it
_PARENTHESIS, _BODY = ")", "end"


def cut(text: str) -> tuple[Piece, ...]:
    """Return the statements of a text, each without its semicolon; what is blank is left out."""
    begun, pieces = 0, []
    for end in (*_ends(text), len(text)):
        statement = text[begun:end].rstrip(";").strip()
        if statement:
            at = text.index(statement, begun)
            pieces.append(Piece(statement, 1 + text.count("\n", 0, at)))
        begun = end
    return tuple(pieces)


def _ends(text: str) -> Iterator[int]:
    """Yield where each semicolon stands that ends a statement: the offset behind it."""
    at = begun = 0
    opened: list[str] = []  # what closes the parentheses and bodies that are open
    while (match := _NEXT.search(text, at)) is not None:
        at, word = _behind(text, match), match[0].lower()
        if word == ";" and not opened:
            yield at
            begun = at
        elif word == "(":
            opened.append(_PARENTHESIS)
        elif word == "atomic" and _BEGIN.search(text, begun, match.start()):
            opened.append(_BODY)
        while opened and opened[-1] == word:
            opened.pop()


def _behind(text: str, match: re.Match[str]) -> int:
    """Return the offset behind what a match opens, the end of the text where it is never closed."""
    at, found = match.end(), match[0]
    if match["quote"]:
        end = _QUOTE_ENDS[found].match(text, at)
        return end.end() if end else at
    if match["dollar"]:
        is_quote = len(found) > 1 and found.endswith("$")
        return _behind_next(text, found, match.start() + 1) if is_quote else at  # the two may overlap: `$$$`
    if found == "--":
        return _behind_next(text, "\n", at)
    return _comment_end(text, match.start()) if found == "/*" else at


def _behind_next(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[1] == "/*" else -1
        if depth == 0:
            return edge.start() + 2
    return len(text)
