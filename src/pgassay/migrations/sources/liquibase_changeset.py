"""A changeset of Liquibase in SQL, and where each of its lines comes from.

Source: github.com/liquibase/liquibase 5, liquibase-standard: SqlChangeLogParser, ChangeSet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.sources.liquibase_options import Options


@dataclass(slots=True)
class Text:
    """Lines that belong together, and where each comes from."""

    sql: str = ""
    numbers: list[int] = field(default_factory=list)

    def add(self, line: str, number: int, *, end: str = "\n") -> None:
        """Append a line of the file."""
        if self.sql.endswith("\n") or not self.sql:
            self.numbers.append(number)
        self.sql += line + end

    def line(self, at: int) -> int:
        """Return the line of the file on which a character stands."""
        return self.numbers[min(self.sql.count("\n", 0, at), len(self.numbers) - 1)] if self.numbers else 1


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
    return Changeset(path=path, file=file, author="includeAll", id="raw", number=1, options=options, up=Text(text, [1]))
