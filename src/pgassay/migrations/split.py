"""Split SQL into statements, with the line of each.

PostgreSQL's grammar has three places where a semicolon ends nothing: inside quotes and comments (`tokens`), inside
parentheses (`CREATE RULE ... DO (a; b)`), and inside `BEGIN ATOMIC ... END` of a function.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from pgassay.migrations.tokens import NOWHERE, WORD, Kind, Place, Token, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement.

    Attributes:
        sql: Its text, from its first word through its semicolon, where it has one.
        line: The line on which it begins; in the file, where the place is known.
        start: The offset of its first character.
        end: The offset behind its last.
        words: Its first words in lower case, at most four.
    """

    sql: str
    line: int
    start: int
    end: int
    words: tuple[str, ...]


_COPY_STREAMS = frozenset({"stdin", "stdout"})
_TRANSACTION_EDGES = frozenset({"begin", "start", "commit", "end"})
_NEEDS_WORDS = re.compile("atomic|stdin|stdout", re.IGNORECASE)  # elsewhere only a statement's first words tell
_FIRST_WORDS = 4  # CREATE OR REPLACE FUNCTION


@dataclass(slots=True)
class _Reader:
    """What is known of the statement that is being read."""

    words: list[str] = field(default_factory=list)
    start: int | None = None
    depth: int = 0
    opened: int | None = None  # where the last outermost parenthesis was opened
    atomic: int | None = None  # where the body of a function begins, while inside
    previous: str = ""  # the token before, in lower case; comments and blanks left out
    copies: bool = False

    def read(self, text: str, token: Token) -> bool:
        """Take one token that is not blank. True: it is the statement's own semicolon."""
        piece = text[token.start : token.end]
        if piece == ";" and self.depth == 0 and self.atomic is None:
            return True
        if self.start is None:
            self.start = token.start
        if token.kind is Kind.RUN:
            self._run(text, token)
            return False
        if token.kind is Kind.WORD:
            piece = self._word(piece.lower(), token)
        elif piece == "(":
            self.opened = self.opened if self.depth else token.start
            self.depth += 1
        elif piece == ")":
            self.depth = max(0, self.depth - 1)
        self.previous = piece if token.kind is not Kind.QUOTED else ""
        return False

    def _run(self, text: str, token: Token) -> None:
        lacking = _FIRST_WORDS - len(self.words)
        if lacking and self.opened is None:
            self.words += [word.lower() for word in WORD.findall(text, token.start, token.end)[:lacking]]

    def _word(self, word: str, token: Token) -> str:
        """Take a word in lower case, and return what the next token is to see as the one before it."""
        if len(self.words) < _FIRST_WORDS and self.opened is None:
            self.words.append(word)
        if self.depth:
            return word
        if self.atomic is not None:
            # Each statement of a body ends with a semicolon, so the END that closes the body is the word that follows
            # one; the END of a CASE, or a column of that name, never does.
            if word == "end" and self.previous == ";":
                self.atomic = None
        elif word == "atomic" and self.previous == "begin" and self._makes_routine():
            self.atomic = token.start
            return ";"  # the END of an empty body follows at once
        elif word in _COPY_STREAMS and self.previous in {"from", "to"} and self.words[:1] == ["copy"]:
            self.copies = True
        return word

    def _makes_routine(self) -> bool:
        made = [word for word in self.words if word not in {"or", "replace"}]
        return made[:1] == ["create"] and made[1:2] in (["function"], ["procedure"])


def pieces(sql: str, *, place: Place = NOWHERE, restrict: bool = False) -> Iterator[tuple[str, Statement | None]]:
    """Yield the text piece by piece: a statement with what stands before it, and the rest behind the last.

    Joined, the pieces are the text. A piece without a statement (blanks, comments, a lone semicolon) has None.

    Raises:
        MigrationError: Something has no end, a line is psql's own, or a COPY wants data from the client.
    """
    lines = _Lines(sql, place)
    reader, begun = _Reader(), 0
    for token in tokens(sql, place=place, restrict=restrict, coarse=not _NEEDS_WORDS.search(sql)):
        if token.blank or not reader.read(sql, token):
            continue
        yield sql[begun : token.end], _statement(sql, reader, end=token.end, lines=lines)
        reader, begun = _Reader(), token.end
    _refuse_open(sql, reader, place)
    if begun < len(sql):
        yield sql[begun:], _statement(sql, reader, end=len(sql), lines=lines)


def split(sql: str, *, place: Place = NOWHERE, restrict: bool = False) -> list[Statement]:
    r"""Return the statements of `sql` in order; comments, blanks and empty statements are left out.

    Args:
        sql: Any number of statements.
        place: The file it comes from and the line on which it begins there.
        restrict: Take pg_dump's lines `\restrict` and `\unrestrict` for blanks instead of refusing them.

    Raises:
        MigrationError: Something has no end, a line is psql's own, or a COPY wants data from the client.
    """
    return list(_statements(sql, place, restrict))


@lru_cache(maxsize=4)
def _statements(sql: str, place: Place, restrict: bool) -> tuple[Statement, ...]:
    """Keep the last texts: a dump of 15,000 lines takes a second, and is split when it is read and when it is run."""
    return tuple(s for _, s in pieces(sql, place=place, restrict=restrict) if s is not None)


def is_blank(sql: str) -> bool:
    """Return whether nothing in `sql` does anything: only comments, blanks, BEGIN and COMMIT.

    Raises:
        MigrationError: As `split`.
    """
    return all(statement.words[:1] and statement.words[0] in _TRANSACTION_EDGES for statement in split(sql))


class _Lines:
    """Tell the line of an offset in the time of a binary search, so that many statements stay linear."""

    def __init__(self, text: str, place: Place) -> None:
        self.place = place
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def of(self, offset: int) -> int:
        return self.place.line + bisect_right(self._ends, offset - 1)


def _statement(sql: str, reader: _Reader, *, end: int, lines: _Lines) -> Statement | None:
    if reader.start is None:
        return None
    text = sql[reader.start : end].rstrip()
    if reader.copies:
        raise lines.place.error(
            "COPY from or to the client cannot be run here",
            text=sql,
            at=reader.start,
            hint="write the rows as INSERT, or COPY from a file on the server",
        )
    line = lines.of(reader.start)
    return Statement(sql=text, line=line, start=reader.start, end=reader.start + len(text), words=tuple(reader.words))


def _refuse_open(sql: str, reader: _Reader, place: Place) -> None:
    """What is still open at the end of the text would swallow whatever follows."""
    if reader.depth and reader.opened is not None:
        raise place.error("a parenthesis is opened here and never closed", text=sql, at=reader.opened)
    if reader.atomic is not None:
        raise place.error("BEGIN ATOMIC begins here and has no END", text=sql, at=reader.atomic)
