"""Cut SQL into statements as tern does where it opens no transaction.

Source: github.com/jackc/tern, migrate/internal/sqlsplit/sqlsplit.go. It is no lexer of PostgreSQL's: parentheses and
BEGIN ATOMIC protect no semicolon, a backslash in a comment hides the end of its line, and within a dollar quote what
follows another dollar is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgassay.migrations.model import Piece

_EDGE = re.compile(r""";|[eE]'|'|"|--|/\*|\$((?:[^\W\d]\w*)?)\$""")
_ESCAPES = re.compile(r"(?>(?:\\.|''|[^'\\]++)*)(?:'|\\?\Z)", re.DOTALL)
_ENDS = {
    "e'": _ESCAPES,
    "E'": _ESCAPES,
    "'": re.compile(r"(?>(?:''|[^']++)*)(?:'|\Z)"),
    '"': re.compile(r'(?>(?:""|[^"]++)*)(?:"|\Z)'),
    "--": re.compile(r"(?>(?:\\.|[^\n\r\\]++)*)(?:[\n\r]|\\?\Z)", re.DOTALL),
}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def split(sql: str, line: int) -> tuple[Piece, ...]:
    """Return the statements of a text that begins on a line."""
    pieces = []
    for begin, end in _statements(sql):
        statement = sql[begin:end].lstrip()
        if statement:
            pieces.append(Piece(statement.rstrip(), line + sql.count("\n", 0, end - len(statement))))
    return tuple(pieces)


def _statements(sql: str) -> Iterator[tuple[int, int]]:
    begin = at = 0
    while edge := _EDGE.search(sql, at):
        if edge[0] == ";":
            yield begin, edge.end()
            begin = at = edge.end()
        else:
            at = _end(sql, edge)
    yield begin, len(sql)


def _end(sql: str, edge: re.Match[str]) -> int:
    """Return where ends what an edge opens; nowhere: at the end of the text."""
    if edge[0] == "/*":
        return _comment_end(sql, edge.end())
    pattern = _dollar_end(edge[1]) if edge[0].startswith("$") else _ENDS[edge[0]]
    match = pattern.match(sql, edge.end())
    return match.end() if match else len(sql)


def _dollar_end(tag: str) -> re.Pattern[str]:
    return re.compile(rf"(?>(?:[^$]++|\$(?!{tag}\$).)*)\${tag}\$", re.DOTALL)


def _comment_end(sql: str, at: int) -> int:
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)
