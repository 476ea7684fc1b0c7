"""Cut a file of goose's into the queries that goose sends: line by line, by its annotations and by semicolons.

Source: github.com/pressly/goose, internal/sqlparser/parser.go. An annotation is one wherever it stands, inside of a
string too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Piece, Script
from pgassay.migrations.sources.shell_variables import expand
from pgassay.migrations.sources.support import ends_with_semicolon
from pgassay.migrations.tokens import Place

_ANNOTATIONS = ("Up", "Down", "StatementBegin", "StatementEnd", "NO TRANSACTION", "ENVSUB ON", "ENVSUB OFF")


class _Block(Enum):
    """Where a line stands with regard to StatementBegin and StatementEnd."""

    NONE = auto()
    OPEN = auto()
    ENDED = auto()  # until goose has taken the line that follows for its end


Unset = dict[str, Place]  # variables without a value, and where each is met first


def cut(
    text: str, path: Path, direction: Direction, *, values: Mapping[str, str], unset: Unset
) -> tuple[Script, tuple[str, ...]]:
    """Return what goose runs in one direction, and what a reader should know of it.

    Args:
        text: A whole file.
        path: Its name, for errors.
        direction: Which half is wanted.
        values: Of the variables that ENVSUB puts in.
        unset: Is told those that have none.

    Raises:
        MigrationError: goose would refuse the file.
    """
    reader = _Reader(path=path, direction=direction, values=values, unset=unset)
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        reader.line = number
        reader.take(line)
    reader.end()
    pieces = tuple(reader.pieces)
    script = Script(
        sql="\n".join(piece.sql for piece in pieces),
        line=pieces[0].line if pieces else 1,
        transaction=reader.transaction,
        pieces=pieces,
    )
    return script, tuple(reader.notes)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What is known at a line; goose reads the file once for each direction, and so do we."""

    path: Path
    direction: Direction
    values: Mapping[str, str]
    unset: Unset
    line: int = 0
    section: Direction | None = None
    block: _Block = _Block.NONE
    transaction: bool = True
    substitutes: bool = False
    begun: int = 0  # the line on which the statement begins, blank ones left out
    statement: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Take one line."""
        bare = line.strip()
        if self.section is None and not bare:
            return
        ends_block = False
        if bare.startswith("--") and "+goose" in line:
            ends_block = self._annotated(line)
            if not ends_block:
                return
        if not self.statement and (bare.startswith("--") or not line):
            return
        if self.block is not _Block.ENDED:
            line = self._write(line)
        self._close(line, ends_block=ends_block)

    def _annotated(self, line: str) -> bool:
        """Do what an annotation says; True: it ends a block, whose statement is still to be stored."""
        annotation = self._annotation(line)
        if annotation == "Up":
            self._up()
        elif annotation == "Down":
            self._down()
        elif annotation == "StatementBegin":
            self._begin()
        elif annotation == "StatementEnd":
            self._end()
        elif annotation == "NO TRANSACTION":
            self.transaction = False
        else:
            self.substitutes = annotation == "ENVSUB ON"
        return annotation == "StatementEnd"

    def _annotation(self, line: str) -> str:
        if line[0] in " \t":
            raise self._error("blanks stand before an annotation of goose's", hint="take them out")
        said = line.replace("--", "").replace("+goose", "", 1).strip()
        known = {annotation.lower(): annotation for annotation in _ANNOTATIONS}
        if said.lower() not in known:
            raise self._error(
                f'"{said[:60]}" is no annotation of goose\'s', hint=f"these are: {', '.join(_ANNOTATIONS)}"
            )
        return known[said.lower()]

    def _up(self) -> None:
        if self.section is not None:
            raise self._error("a second -- +goose Up", hint="one file is one step")
        self.section = Direction.UP

    def _down(self) -> None:
        if self.section is not Direction.UP or self.block is _Block.OPEN:
            raise self._error("-- +goose Down does not follow a finished up", hint="write it once, behind the up")
        self._refuse_unfinished()
        self.section, self.block = Direction.DOWN, _Block.NONE

    def _begin(self) -> None:
        if self.section is None or self.block is _Block.OPEN:
            raise self._error("-- +goose StatementBegin stands within another one, or above -- +goose Up")
        self.block = _Block.OPEN

    def _end(self) -> None:
        if self.block is not _Block.OPEN:
            raise self._error("-- +goose StatementEnd without StatementBegin")
        self.block = _Block.ENDED

    def _write(self, line: str) -> str:
        """Add a line to the statement, and return it with values put in."""
        if self.substitutes:
            try:
                line, missing = expand(line, self.values)
            except ValueError as error:
                raise self._error(str(error)) from None
            self.unset |= dict.fromkeys(missing - self.unset.keys(), Place(self.path, self.line))
        if not any(map(str.strip, self.statement)):
            self.begun = self.line
        self.statement.append(line)
        return line

    def _close(self, line: str, *, ends_block: bool) -> None:
        """Store the statement where the line ends one, or let it go where it is not of the direction."""
        if self.section is None:
            raise self._error("text stands above -- +goose Up", hint="write -- +goose Up above the statements")
        if self.section is not self.direction:
            self.statement.clear()
        elif self.block is _Block.ENDED or (self.block is _Block.NONE and ends_with_semicolon(line)):
            if self.block is _Block.ENDED and not ends_block:
                self.notes.append(f"line {self.line} is never run: goose loses it behind an empty StatementBegin block")
            self._store()
            self.block = _Block.NONE

    def _store(self) -> None:
        self.pieces.append(Piece("\n".join(self.statement).strip(), self.begun if self.statement else self.line))
        self.statement.clear()

    def end(self) -> None:
        """Take the end of the file."""
        if self.section is None:
            raise Place(self.path).error(
                "no -- +goose Up is in this file", text="", at=0, hint="write -- +goose Up above the statements"
            )
        if self.block is _Block.OPEN:
            raise self._error("-- +goose StatementBegin has no StatementEnd")
        self._refuse_unfinished()

    def _refuse_unfinished(self) -> None:
        if "\n".join(self.statement).strip():
            place = Place(self.path, self.begun)
            hint = "write the semicolon at the end of a line, or StatementBegin and StatementEnd around the statement"
            raise place.error("a statement begins here and has no end", text="", at=0, hint=hint)

    def _error(self, problem: str, hint: str | None = None) -> MigrationError:
        return Place(self.path, self.line).error(problem, text="", at=0, hint=hint)
