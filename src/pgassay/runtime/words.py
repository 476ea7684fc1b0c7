"""The first words of a statement: enough to tell what it is, without parsing SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BLANK = re.compile(r"(?:\s|--[^\n\r]*)*")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_WORD = re.compile(r"[^\x00-@\[-^`{-\x7f][\w$]*")  # as of PostgreSQL's names, whatever is not ASCII is a letter


def leading_tokens(text: str) -> Iterator[str]:
    """Yield words in upper case and other characters one by one, without blanks and comments.

    Strings and quoted names are not recognised as such: it is made for a statement's first words, before any of them.
    """
    at = _skip_blank(text, 0)
    while at < len(text):
        match = _WORD.match(text, at)
        end = match.end() if match else at + 1
        yield text[at:end].upper()
        at = _skip_blank(text, end)


def _skip_blank(text: str, at: int) -> int:
    """Return where the next token begins, after white space and comments."""
    while True:
        match = _BLANK.match(text, at)
        at = match.end() if match else at
        if not text.startswith("/*", at):
            return at
        at = _comment_end(text, at)


def _comment_end(text: str, start: int) -> int:
    """Block comments nest; one without an end takes all that is left."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
