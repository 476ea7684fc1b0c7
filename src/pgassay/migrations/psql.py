r"""Turn a script for psql into the queries that psql sends: statement by statement, each with a commit of its own.

Variables are put in (those of the connection when it is there: `psql_automatic`), files of `\i` are read, and what
touches psql's output alone is passed over. All else that psql can do is refused by file and line, for without it the
script would be another one.

Source: PostgreSQL, src/bin/psql: mainloop.c, command.c, startup.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from itertools import pairwise
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Piece, Script
from pgassay.migrations.psql_automatic import AUTOMATIC, automatic_in
from pgassay.migrations.psql_words import NAME, VARIABLE, expanded, read_words, variable_of
from pgassay.migrations.sources.support import Missing
from pgassay.migrations.split import Statement, pieces
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Kind, Place, token_at

# What the server's lexer would take otherwise: a run of operators may end with the colon of a variable.
_OWN = re.compile(
    rf"""\\(?P<command>[;:]|[^\s\\]*)|(?P<pair>::|:=)|{VARIABLE}|(?P<other>:|[0-9,.=<>+*%&|^!?@~\[\]{{}}]+)"""
)
# A colon behind one of these is a slice of an array or a pair of JSON_OBJECT, as long as no variable has that name.
_OPERAND_END = re.compile(r"[^\s(,;=<>+*/%|-]")

_OUTPUT_ONLY = frozenset(
    {
        *("a", "C", "conninfo", "echo", "errverbose", "f", "H", "html", "o", "out", "p", "print", "pset", "qecho"),
        *("restrict", "t", "T", "timing", "unrestrict", "warn", "x"),
    }
)
_INCLUDES = frozenset({"i", "include", "ir", "include_relative"})
_OBEYED = _OUTPUT_ONLY | _INCLUDES | {"set", "unset"}
# A script that sets one of these otherwise is another script.
_FIXED = {"AUTOCOMMIT": True, "ON_ERROR_STOP": True, "ON_ERROR_ROLLBACK": False, "SINGLELINE": False}
_WORDS_OF = {True: frozenset({"", "1", "on", "true", "yes"}), False: frozenset({"0", "off", "false", "no"})}
_ROWS_END = re.compile(r"^\\\.(?:\n|\Z)", re.MULTILINE)


def read_script(path: Path, *, variables: Mapping[str, str], root: Path, missing: Missing | None = None) -> Script:
    r"""Read a script for psql.

    Args:
        path: The file.
        variables: What psql is given with `--set`.
        root: The folder in which psql runs, where `\i` looks for files.
        missing: Gathers what has no value, for whoever reads further scripts; None: it is an error.

    Raises:
        MigrationError: A file cannot be read or has no end, a command is none of those that can be told beforehand, or
            variables have no value.
    """
    gathered = Missing() if missing is None else missing
    session = _Session(variables, root, gathered)
    session.read(path)
    if missing is None:
        gathered.refuse()
    return Script(sql=read_text(path, encoding="utf-8-sig"), transaction=False, alone=True, pieces=tuple(session.sent))


class _Session:
    """What psql remembers from file to file."""

    def __init__(self, variables: Mapping[str, str], root: Path, missing: Missing) -> None:
        self.variables = {**AUTOMATIC, **variables}
        self.root = root
        self.missing = missing
        self.sent: list[Piece] = []
        self._opened: list[Path] = []

    def read(self, path: Path) -> None:
        """Read a file; the queries of files that it includes are sent in between."""
        self._opened.append(path)
        _File(self, path).read()
        self._opened.pop()

    def is_open(self, path: Path) -> bool:
        """Tell whether a file is being read, which it would then be for ever."""
        return any(path.samefile(opened) for opened in self._opened)


class _File:
    """One file, on its way from text to queries."""

    def __init__(self, session: _Session, path: Path) -> None:
        self._session = session
        self._path = path
        self._text = read_text(path, encoding="utf-8-sig")
        self._place = Place(path)
        self._at = 0
        self._begin(1)

    def _begin(self, line: int) -> None:
        self._sql: list[str] = []
        self._length = 0
        self._statement = 0  # where in it the last statement begins
        self._words: list[str] = []  # and its words
        self._joined: set[int] = set()  # offsets behind semicolons written as `\;`, which send nothing yet
        self._line = line

    def read(self) -> None:
        while self._at < len(self._text):
            self._next()
        self._send()

    def _next(self) -> None:
        match = _OWN.match(self._text, self._at)
        if match is None:
            self._take_token()
        elif match["command"] is not None:
            self._obey(match)
        elif variable_of(match) is not None:
            self._take(self._value(match), match.end())
        else:
            self._take(match.group(), match.end())

    def _take(self, text: str, end: int) -> None:
        self._sql.append(text)
        self._length += len(text)
        self._at = end

    def _take_token(self) -> None:
        token = token_at(self._text, self._at, place=self._place)
        text = self._text[token.start : token.end]
        self._take(text, token.end)
        if token.kind is Kind.WORD:
            self._words.append(text.lower())
        elif text == ";":
            self._end_statement()

    def _end_statement(self) -> None:
        if self._words[:1] == ["copy"] and ("from", "stdin") in pairwise(self._words):
            self._send_rows()
        self._statement, self._words = len(self._sql), []

    def _send_rows(self) -> None:
        r"""Send what stands before a COPY, then it with the rows below: up to a line `\.`, or to the file's end."""
        copy = "".join(self._sql[self._statement :]).lstrip()
        line = 1 + self._text.count("\n", 0, self._at) - copy.count("\n")
        rest, _, rows = self._text[self._at :].partition("\n")
        if rest.strip() and not rest.lstrip().startswith("--"):
            raise self._place.error(
                "something stands behind a COPY on its line", text=self._text, at=self._at, hint="begin a line with it"
            )
        end = _ROWS_END.search(rows)
        del self._sql[self._statement :]
        self._send()
        self._session.sent.append(Piece(copy, line, self._path, rows[: end.start()] if end else rows))
        self._at = self._at + len(rest) + 1 + end.end() if end else len(self._text)
        self._begin(1 + self._text.count("\n", 0, self._at))

    def _value(self, match: re.Match[str]) -> str:
        """Return what a variable stands for; without a value it stays, which is right where it only looks like one."""
        value = expanded(match, self._session.variables)
        if value is not None:
            return value
        before = self._text[match.start() - 1 : match.start()]
        if not _OPERAND_END.fullmatch(before):
            self._session.missing.note(variable_of(match) or "", self._place, self._text, match.start())
        return match.group()

    def _obey(self, match: re.Match[str]) -> None:
        command = match["command"]
        if command in {";", ":"}:
            self._take(command, match.end())
            self._joined |= {self._length} if command == ";" else set()
            return
        if command not in _OBEYED:
            raise self._unsupported(match)
        words = read_words(self._text, match.end(), self._session.variables, self._place)
        self._at = words.end
        if command in _INCLUDES:
            self._include(match, words.found)
        elif command in {"set", "unset"} and words.found:
            self._set(match, words.found)

    def _unsupported(self, match: re.Match[str]) -> MigrationError:
        command = match["command"]
        hint = "write COPY ... FROM stdin, and the rows below it" if command == "copy" else "say the same in SQL"
        return self._place.error(
            f'"\\{command}" of psql cannot be run here', text=self._text, at=match.start(), hint=hint
        )

    def _set(self, match: re.Match[str], words: tuple[str, ...]) -> None:
        name, value = words[0], "".join(words[1:])
        is_set = match["command"] == "set"
        if not NAME.fullmatch(name):
            raise self._error(match, f'"{name}" is no name of a variable', "letters, digits and _ make one")
        if name in _FIXED and (value.lower() if is_set else "off") not in _WORDS_OF[_FIXED[name]]:
            how = "on" if _FIXED[name] else "off"
            raise self._error(match, f"{name} must stay {how}", "take the line out: a script is run up to its error")
        if is_set:
            self._session.variables[name] = value
        else:
            self._session.variables.pop(name, None)

    def _include(self, match: re.Match[str], words: tuple[str, ...]) -> None:
        """Send what stands before, then what the other file says."""
        if len(words) != 1:
            raise self._error(match, "takes the name of one file", "quote a name with blanks: 'a b.sql'")
        if name := automatic_in(words[0]):
            raise self._error(match, f"what :{name} is, only the connection tells", "write the file's name itself")
        relative = match["command"] in {"ir", "include_relative"}
        path = (self._path.parent if relative else self._session.root) / words[0]
        if not path.is_file():
            raise self._error(match, f'there is no file "{path}"', "\\ir looks beside the file that says it")
        if self._session.is_open(path):
            raise self._error(match, f'"{path}" includes itself', "take the line out")
        if self._send() and not self._session.sent[-1].sql.endswith(";"):
            raise self._error(match, "stands within a statement", "end the statement before it with a semicolon")
        self._begin(1 + self._text.count("\n", 0, self._at))
        self._session.read(path)

    def _error(self, match: re.Match[str], problem: str, hint: str) -> MigrationError:
        return self._place.error(f"{match.group()}: {problem}", text=self._text, at=match.start(), hint=hint)

    def _send(self) -> bool:
        """Send what has been read, and tell whether that was anything."""
        found = list(_cut("".join(self._sql), self._joined, Place(self._path, self._line)))
        self._session.sent += found
        return bool(found)


def _cut(sql: str, joined: Set[int], place: Place) -> Iterator[Piece]:
    """Yield the queries of a text; statements joined by a backslash and a semicolon are one."""
    begun: Statement | None = None
    end = at = 0
    for text, statement in pieces(sql, place=place):
        at += len(text)
        if statement is None:
            continue
        begun, end = begun or statement, statement.end
        if at not in joined:
            yield Piece(sql[begun.start : end], begun.line, place.path)
            begun = None
    if begun is not None:
        yield Piece(sql[begun.start : end], begun.line, place.path)
