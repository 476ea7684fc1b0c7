"""A changeset of Liquibase in SQL, and where each of its lines comes from.

Source: github.com/liquibase/liquibase 5, liquibase-standard: SqlChangeLogParser, ChangeSet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.sources.liquibase_options import Options
from pgassay.migrations.sources.support import line_counter


@dataclass(slots=True)
class Text:
    """Lines that belong together, and where each comes from."""

    parts: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    @property
    def sql(self) -> str:
        """The lines as one text."""
        return "".join(self.parts)

    def add(self, line: str, number: int, *, end: str = "\n") -> None:
        """Append a line of the file."""
        if not self.parts or self.parts[-1].endswith("\n"):
            self.numbers.append(number)
        self.parts.append(line + end)

    def counter(self) -> Callable[[int], int]:
        """Return a function that tells on which line of the file a character of the text stands."""
        line_of, last = line_counter(self.sql), len(self.numbers) - 1
        return lambda at: self.numbers[min(line_of(at) - 1, last)] if self.numbers else 1


@dataclass(slots=True, kw_only=True)
class Changeset:
    """One changeset as it is written, with the values of properties put in.

    Attributes:
        path: Its file.
        file: The file's name within the folder, or the one that the changelog or the changeset gives it.
        author: Whose it is.
        id: What its author calls it.
        number: The line on which it begins.
        options: What its first line says.
        up: Its statements.
        rollback: Those that undo it, or what is said in their place.
        checksums: Whether other checksums than its own are valid.
        conditions: Its preconditions, as they are written.
    """

    path: Path
    file: str
    author: str
    id: str
    number: int
    options: Options
    up: Text = field(default_factory=Text)
    rollback: Text = field(default_factory=Text)
    checksums: bool = False
    conditions: list[str] = field(default_factory=list)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What must be there once."""
        return self.file, self.id, self.author


def read_plain(path: Path, file: str, text: str) -> Changeset:
    """Make the changeset of a file without any mark of Liquibase, by the name that Liquibase gives to all of them.

    Raises:
        MigrationError: The file is empty.
    """
    if not text.strip():
        raise MigrationError(f'"{path}" is empty, which Liquibase refuses')
    options = Options(split=False, comments=True)
    up = Text([text], list(range(1, text.count("\n") + 2)))
    return Changeset(path=path, file=file, author="includeAll", id="raw", number=1, options=options, up=up)
