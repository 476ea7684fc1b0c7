"""Cut a file of sql-migrate's into the queries that it sends: line by line, by its commands and by semicolons.

Source: github.com/rubenv/sql-migrate, sqlparse/sqlparse.go, and `applyMigrations` of migrate.go. What begins with
`-- +migrate` and is no command, such as `-- +migrate down`, is passed over, and lines that begin with `-- ` are taken
out wherever they stand, inside of a string too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Piece, Script
from pgassay.migrations.sources.support import does_nothing, ends_with_semicolon
from pgassay.migrations.tokens import Place

_COMMAND = "-- +migrate "
_DIRECTIONS = {"Up": Direction.UP, "Down": Direction.DOWN}
_BLANKS = " \t\n\r\f\v"  # of PostgreSQL, to which a no-break space is a letter


def cut(text: str, path: Path) -> tuple[Mapping[Direction, Script], tuple[str, ...]]:
    """Return what sql-migrate runs in either direction, and what a reader should know of it.

    Args:
        text: A whole file.
        path: Its name, for errors.

    Raises:
        MigrationError: sql-migrate would refuse the file.
    """
    reader = _Reader(path)
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        reader.line = number
        reader.take(line)
    reader.end()
    return {direction: reader.script(direction) for direction in Direction}, tuple(reader.notes)


@dataclass(slots=True)
class _Reader:
    """What is known at a line. Up and Down may alternate: what follows each of them is put together."""

    path: Path
    line: int = 0
    section: Direction | None = None
    block: bool = False  # whether semicolons end nothing
    begun: int = 0  # the line on which the statement begins, blank ones left out
    above: list[str] = field(default_factory=list)  # what stands above the first command
    statement: list[str] = field(default_factory=list)
    pieces: dict[Direction, list[Piece]] = field(default_factory=lambda: {direction: [] for direction in Direction})
    bare: set[Direction] = field(default_factory=set)  # what runs without a transaction
    notes: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Take one line."""
        ended = False
        if line.startswith(_COMMAND):
            ended = self._command(line.removeprefix(_COMMAND).split())
        elif self.section is None:
            self.above.append(line)
        elif not line.startswith("-- "):
            self._write(line)
            ended = not self.block and ends_with_semicolon(line)
        if ended and self.section is not None:
            self._store(self.section)

    def _command(self, words: list[str]) -> bool:
        """Do what a command says; True: it ends a statement."""
        if not words:
            raise self._error("a command of sql-migrate's has no name", hint="write -- +migrate Up or -- +migrate Down")
        name, *options = words
        if name in _DIRECTIONS:
            self._refuse_unfinished()
            self.section = _DIRECTIONS[name]
            self.bare |= {self.section} if "notransaction" in options else set()
        elif self.section is not None and name == "StatementBegin":
            self.block = True
        elif self.section is not None and name == "StatementEnd":
            ended, self.block = self.block, False
            return ended
        elif name not in {"StatementBegin", "StatementEnd"}:
            self.notes.append(f'line {self.line}: "{name[:60]}" is no command of sql-migrate\'s, which passes it over')
        return False

    def _write(self, line: str) -> None:
        if not any(map(str.strip, self.statement)):
            self.begun = self.line
        self.statement.append(line)

    def _store(self, section: Direction) -> None:
        """Store the statement as it is sent: one blank and one semicolon at its end are taken off."""
        text = "\n".join(self.statement).lstrip(_BLANKS).removesuffix(" ").removesuffix(";")
        self.pieces[section].append(Piece(text, self.begun if self.statement else self.line))
        self.statement.clear()

    def end(self) -> None:
        """Take the end of the file."""
        if self.block:
            raise self._error("-- +migrate StatementBegin has no StatementEnd")
        if self.section is None:
            raise Place(self.path).error(
                "neither -- +migrate Up nor -- +migrate Down is in this file",
                text="",
                at=0,
                hint="write them so, with one blank and capitals, above the statements",
            )
        self._refuse_unfinished()
        if not does_nothing("\n".join(self.above)):
            self.notes.append("what stands above -- +migrate Up is never run: sql-migrate passes it over")

    def _refuse_unfinished(self) -> None:
        if "\n".join(self.statement).strip():
            self.line = self.begun
            hint = "write the semicolon at the end of a line, or StatementBegin and StatementEnd around the statement"
            raise self._error("a statement begins here and has no end", hint=hint)

    def script(self, direction: Direction) -> Script:
        """Return what is run in one direction."""
        pieces = tuple(self.pieces[direction])
        return Script(
            sql=";\n".join(piece.sql for piece in pieces),
            line=pieces[0].line if pieces else 1,
            transaction=direction not in self.bare,
            pieces=pieces,
            strict=True,
        )

    def _error(self, problem: str, hint: str | None = None) -> MigrationError:
        return Place(self.path, self.line).error(problem, text="", at=0, hint=hint)
