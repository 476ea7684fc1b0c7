"""Cut a text as Atlas does for PostgreSQL.

Quotes, dollar quotes, comments and parentheses hide a delimiter as they do in PostgreSQL, but comments do not nest, and
one that is never closed is none. `BEGIN ... END` is one statement, `BEGIN ATOMIC ... END` ends one. A first line
`-- atlas:delimiter` or a line `DELIMITER` sets another delimiter, which is cut off then.

Source: github.com/ariga/atlas, sql/migrate/lex.go and sql/postgres/driver.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from pgassay.errors import MigrationError
from pgassay.migrations.model import Piece
from pgassay.migrations.tokens import Place

_SEMICOLON = ";"
_DIRECTIVE = re.compile(r"-- atlas:delimiter +(.+)")
_COMMAND = re.compile(r"delimiter ([^\n]*)\n?", re.IGNORECASE)
_BLANKS = re.compile(r"\s*+")
_END_WORD = re.compile(r"\s*END\s*", re.IGNORECASE | re.ASCII)
_QUOTE = r"(?P<quote>['\"`])"
_DOLLAR = r"(?P<dollar>\$(?:[A-Za-zÈ-ÿ_][0-9A-Za-zÈ-ÿ_]*)?\$)"
_BLOCKS = r"begin[ \t\n\r\f]++(?P<atomic>atomic[ \t\n\r\f]++)?"  # blanks to a pattern of Go


@dataclass(slots=True)
class _Scanner:
    """Where the scan of a text stands.

    Attributes:
        text: The text.
        place: Where it comes from, for errors.
        at: The offset of what is not read yet.
        delimiter: What ends a statement.
        no_blocks: Where a BEGIN is known to begin no block, so that many of them take no more than linear time each.
    """

    text: str
    place: Place
    at: int = 0
    delimiter: str = _SEMICOLON
    no_blocks: set[int] = field(default_factory=set)

    def statement(self) -> tuple[int, int] | None:
        """Read the next statement: where it begins and ends; None: there is none."""
        begun = self._begin()
        depth, opened = 0, begun
        while (match := _next(self.delimiter, depth == 0).search(self.text, self.at)) is not None:
            found, self.at = match[0], match.end()
            if found == "(":
                depth, opened = depth + 1, opened if depth else match.start()
            elif found == ")":
                depth -= 1
                if depth < 0:
                    raise self._error("a parenthesis is closed here that is not open", match.start())
            elif match["quote"] or match["dollar"]:
                self._skip_quoted(match)
            elif match["end"]:
                return begun, self.at
            elif match["comment"]:
                begun = self._skip_comment(found, match.start(), begun)
            elif self._ends_block(match, begun):
                return begun, self.at
        if depth:
            raise self._error("a parenthesis is opened here and never closed", opened)
        self.at = len(self.text)
        return (begun, self.at) if begun < self.at else None

    def _begin(self) -> int:
        """Skip what stands before a statement, lines that set the delimiter too."""
        self.at = _behind_blanks(self.text, self.at)
        while (command := _COMMAND.match(self.text, self.at)) is not None:
            self.set_delimiter(_unquoted(command[1].strip()), command.start())
            self.at = _behind_blanks(self.text, command.end())
        return self.at

    def set_delimiter(self, delimiter: str, at: int) -> None:
        """Let another text end statements.

        Raises:
            MigrationError: It is empty.
        """
        if not delimiter:
            raise self._error("the delimiter that is set here is empty", at)
        self.delimiter = delimiter.replace(r"\n", "\n").replace(r"\r", "\r").replace(r"\t", "\t")

    def _skip_quoted(self, match: re.Match[str]) -> None:
        """A dollar quote that is never closed goes on to the end of the text."""
        end = self.text.find(match[0], self.at)
        if end < 0 and match["quote"]:
            raise self._error("a quote begins here and has no end", match.start())
        self.at = len(self.text) if end < 0 else end + len(match[0])

    def _skip_comment(self, left: str, start: int, begun: int) -> int:
        """Skip a comment, and return where the statement begins: behind one that stands before it."""
        right = "\n" if left == "--" else "*/"
        end = self.text.find(right, self.at)
        if end < 0:
            return begun
        self.at = end + len(right)
        return self._begin() if start == begun else begun

    def _ends_block(self, match: re.Match[str], begun: int) -> bool:
        """Tell whether a block begins here, and go behind it."""
        if not match["atomic"] and match.start() != begun and not self.text[match.start() - 1].isspace():
            return False
        end = None if self.at in self.no_blocks else self._end_of_block(is_body=bool(match["atomic"]))
        if end is None:
            self.no_blocks.add(self.at)
            return False
        self.at = end
        return True

    def _end_of_block(self, *, is_body: bool) -> int | None:
        inner = _Scanner(self.text, self.place, self.at, no_blocks=self.no_blocks)
        try:
            while (found := inner.statement()) is not None:
                if self._is_end(self.text[slice(*found)].strip(), is_body=is_body):
                    return inner.at
        except MigrationError:
            return None
        return None

    def _is_end(self, statement: str, *, is_body: bool) -> bool:
        match = _END_WORD.match(statement)
        return match is not None and (is_body or statement[match.end() :] in {"", _SEMICOLON})

    def _error(self, problem: str, at: int) -> MigrationError:
        return self.place.error(problem, text=self.text, at=at, hint="Atlas does not read on from here")


def cut(text: str, place: Place) -> tuple[Piece, ...]:
    """Return the statements of a text.

    Raises:
        MigrationError: Atlas cannot read it either: a quote or a parenthesis is open at the end.
    """
    scanner, pieces = _Scanner(text, place), []
    if (directive := _DIRECTIVE.match(text)) is not None:
        scanner.set_delimiter(directive[1], 0)
        scanner.at = directive.end()
    while (found := scanner.statement()) is not None:
        statement = text[slice(*found)]
        if scanner.delimiter != _SEMICOLON:
            statement = statement.removesuffix(scanner.delimiter)
        pieces.append(Piece(statement.strip(), place.line + text.count("\n", 0, found[0])))
    return tuple(pieces)


@lru_cache(maxsize=16)
def _next(delimiter: str, outside: bool) -> re.Pattern[str]:
    """Return what to look for: the delimiter counts outside of parentheses, blocks only where it is a semicolon."""
    end = f"(?P<end>{re.escape(delimiter)})" if outside else r"(?P<end>(?!))"
    blocks = _BLOCKS if delimiter == _SEMICOLON else r"(?P<atomic>(?!))"
    parts = (r"[()]", _QUOTE, end, _DOLLAR, r"(?P<comment>--|/\*)", blocks)
    return re.compile("|".join(parts), re.IGNORECASE)


def _behind_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _unquoted(delimiter: str) -> str:
    quoted = len(delimiter) > 1 and delimiter.startswith("'") and delimiter.endswith("'")
    return delimiter[1:-1].replace("''", "'") if quoted else delimiter
