"""Cut SQL into statements as Liquibase does, which knows no dollar quotes: BEGIN and END protect what is between them.

Source: github.com/liquibase/liquibase 5, liquibase-standard: SimpleSqlGrammar.jj, StandardSqlParser,
StringUtil.processMultiLineSQL. The rules of other databases in it are left out where PostgreSQL could not read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_NAME = r"[^\W\d][$#@\w]*|[$#@][$#@\w]*"
_QUOTED_NAME = r'"[^"\n\r]+"|`[^`\n\r]+`|\[[^0-9,\]][^\]\n\r]*\]'
_COMMENT = re.compile(r"--[^\r\n]*|/\*[^*]*\*(?:\*|[^*/][^*]*\*)*/")
_BLANK_OR_NUMBER = re.compile(r"\s+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.IGNORECASE)
# The longest of these that fits is the token; a backslash hides what follows it, whatever PostgreSQL thinks of that.
_LONG = (
    re.compile(rf"(?:{_NAME}|{_QUOTED_NAME})(?:[\r\n ]*\.[\r\n ]*(?:{_NAME}|{_QUOTED_NAME}))*"),
    re.compile(
        r"""(?:RB|_utf8|[UENRB])?(?:'(?:''|\\.|[^\\'])*(?:'|\\')|"(?:""|\\.|[^\\"])*(?:"|\\"))""",
        re.IGNORECASE | re.DOTALL,
    ),
)
_OF_A_TRANSACTION = frozenset({"transaction", "trans", "tran"})
_NO_BLOCK = _OF_A_TRANSACTION | {"dialog", "conversation", "distributed"}


class Token(NamedTuple):
    """A piece of the text, and where it begins."""

    at: int
    text: str


def cut(text: str, *, comments: bool, split: bool, delimiter: str | None) -> list[Token]:
    """Return the statements without their delimiters.

    Args:
        text: Any.
        comments: Whether comments stay in.
        split: Whether it is cut at all.
        delimiter: What ends a statement: a text, or a pattern for what begins a line; None: a semicolon, or a line of
            `go` or `/`.

    Raises:
        re.error: The delimiter is no pattern.
    """
    tokens = _merged([token for token in _tokens(text) if comments or not _COMMENT.match(token.text)], delimiter)
    statements: list[Token] = []
    current: list[Token] = []
    depth, previous = 0, None
    for index, token in enumerate(tokens):
        depth = _depth(depth, tokens, index)
        if split and not depth and _ends(token.text, previous, delimiter):
            statements.append(_joined(current))
            current = []
        elif current or token.text.strip():
            current.append(token)
        previous = token.text
    return [one for one in (*statements, _joined(current)) if one.text]


def _joined(tokens: Sequence[Token]) -> Token:
    return Token(tokens[0].at if tokens else 0, "".join(token.text for token in tokens).strip())


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _COMMENT.match(text, at) or _BLANK_OR_NUMBER.match(text, at)
        found = [match.end()] if match else [long.end() for pattern in _LONG if (long := pattern.match(text, at))]
        end = max(found, default=at + 1)
        yield Token(at, text[at:end])
        at = end


def _merged(tokens: Sequence[Token], delimiter: str | None) -> list[Token]:
    """Join tokens that together are the delimiter, such as `//`; a delimiter's beginning at the very end is lost."""
    if delimiter is None:
        return list(tokens)
    merged: list[Token] = []
    held: list[Token] = []
    for token in tokens:
        text = "".join(one.text for one in (*held, token))
        if held and text == delimiter:
            merged.append(Token(held[0].at, text))
            held = []
        elif delimiter.startswith(text):
            held.append(token)
        else:
            merged += [*held, token]
            held = []
    return merged


def _depth(depth: int, tokens: Sequence[Token], index: int) -> int:
    """Return how many BEGINs are open behind a token; the END of an IF or a CASE closes one as well."""
    word = tokens[index].text.lower()
    if word == "begin" and _following(tokens, index) not in _NO_BLOCK:
        return depth + 1
    if word == "end" and depth and _following(tokens, index) not in _OF_A_TRANSACTION:
        return depth - 1
    return depth


def _following(tokens: Sequence[Token], index: int) -> str:
    following = (tokens[at].text.strip().lower() for at in range(index + 1, len(tokens)))
    return next(filter(None, following), "")


def _ends(text: str, previous: str | None, delimiter: str | None) -> bool:
    """Tell whether a token ends a statement."""
    at_line_start = previous is None or previous.endswith("\n")
    if delimiter is None:
        return text == ";" or (text.lower() in {"go", "/"} and at_line_start)
    if delimiter == "/" and not at_line_start:
        return False
    if text.lower() == delimiter.lower():
        return True
    behind = f"{previous or 'null'}{text}".lower()  # Java writes what is not there so
    return len(delimiter) > 1 and re.fullmatch(rf"\s*{delimiter.lower()}", behind) is not None
