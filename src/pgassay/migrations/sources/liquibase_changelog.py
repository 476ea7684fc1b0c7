"""A changelog of Liquibase in SQL, read line by line into its changesets, with the errors that Liquibase raises.

Source: github.com/liquibase/liquibase 5, liquibase-standard: AbstractFormattedChangeLogParser,
FormattedSqlChangeLogParser, InvalidFormattedSqlPatternsForOssUtil, ExpressionExpander.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.sources.liquibase_changeset import Changeset, Text
from pgassay.migrations.sources.liquibase_options import Options, quotes_off, read_options, said
from pgassay.migrations.tokens import Place

Lines = Iterator[tuple[int, str]]

_MOST_EXPANSIONS = 10  # a value may name other properties
_NOT_EXPANDED = re.compile(r"\$\{([^${}]*)\}")


def _line(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


HEADER = _line(r"\s*--\s*liquibase\s*formatted.*")
_PROPERTY = _line(r"\s*--\s*property\s+(.*:.*)\s+(.*:.*).*")
_CHANGESET = _line(r'\s*--\s*changeset\s+("[^"]+"|[^:]+):\s*("[^"]+"|\S+).*')
_IGNORE = _line(r"--\s*ignoreLines:(\w+)")
_IGNORE_END = _line(r"--\s*ignoreLines:end")
_ROLLBACK = _line(r"\s*--\s*rollback (.*)")
_BLOCK = _line(r"\s*/\*\s*liquibase\s*rollback\s*")
_BLOCK_END = _line(r"(.*?)\s*\*/\s*")
_COMMENT = _line(r"--\s*comment:? (.*)")
_VALID_CHECKSUM = _line(r"--\s*validCheckSum:? (.*)")
_PRECONDITIONS = _line(r"\s*--\s*preconditions(.*)")
_PRECONDITION = _line(r"\s*--\s*precondition-(?:sql-check|table-exists|view-exists) (.*)")

# What is almost one of these: an error, as in Liquibase.
_ALMOST_ANYWHERE = (
    (_line(r"\s*-+\s*property\s.*"), "--property name:NAME value:VALUE"),
    (
        _line(r"--\s*ignore:\w+|-\s*ignoreLines:\w+.*"),
        "--ignoreLines:start",
    ),
    (_line(r"-\s*changeset\s.*|\s*--\s*changeset.*"), "--changeset author:id"),
)
_ALMOST = (
    (_line(r"-\s*comment:? .*|--\s*comments:? .*"), "--comment: TEXT"),
    (_line(r"-\s*validCheckSum.*"), "--validCheckSum: CHECKSUM"),
    (_line(r"\s*-\s*rollback\s.*"), "--rollback STATEMENT"),
    (
        _line(r"\s*-\s*precondition.*|\s*--\s*precondition-[a-z0-9-]+( .*)?"),
        "--precondition-sql-check expectedResult:0 QUERY",
    ),
)
_OF_THE_PAID_EDITION = _line(
    r"\s*--\s*(?:(rollbackSqlFile)\s+.*|(tagDatabase):\s+.*|(include)\s+file:.*|(includeAll)\s+.*)"
)


def read_changelog(path: Path, file: str, text: str, properties: dict[str, str]) -> list[Changeset]:
    """Read a changelog.

    Args:
        path: The file, for errors.
        file: Its name within the folder.
        text: What is in it.
        properties: Values by name in lower case; those that the file sets are added, the first of a name wins.

    Raises:
        MigrationError: A line is almost one of Liquibase's, or asks for what only its paid edition can do.
    """
    reader = _Reader(Place(path), file, text, properties)
    lines = enumerate(text.removesuffix("\n").split("\n"), 1)
    for number, line in lines:
        reader.read(number, line, lines)
    found = [_finished(changeset, properties, reader) for changeset in reader.found]
    if found and found[-1].options.delimiter is None and found[-1].up.sql.strip().endswith("\n/"):
        found[-1].options = replace(found[-1].options, delimiter="\n/$")
    return found


def expand(text: str, properties: dict[str, str]) -> str:
    """Put in the values of properties; what has none stays as it is."""
    for _ in range(_MOST_EXPANSIONS):
        known = _NOT_EXPANDED.sub(lambda match: properties.get(match[1].strip().lower(), match[0]), text)
        if known == text:
            break
        text = known
    return text


def _finished(changeset: Changeset, properties: dict[str, str], reader: _Reader) -> Changeset:
    if not changeset.up.sql.strip():
        raise reader.error(changeset.number, f"the changeset {changeset.author}:{changeset.id} has no SQL", None)
    for text in (changeset.up, changeset.rollback):
        text.parts = [expand(text.sql, properties)]
    return changeset


@dataclass(slots=True)
class _Reader:
    """What was read so far."""

    place: Place
    file: str
    text: str
    properties: dict[str, str]
    found: list[Changeset] = field(default_factory=list)

    def read(self, number: int, line: str, lines: Lines) -> None:
        """Take a line, and those behind it that belong to it."""
        if HEADER.fullmatch(line) and (logical := said(line, "logicalFilePath", r"\S*")):
            self.file = logical
        if match := _PROPERTY.fullmatch(line):
            self._set(line)
        elif match := _IGNORE.fullmatch(line):
            self._skip(number, match, lines)
        elif match := _CHANGESET.fullmatch(line):
            self._begin(number, line, match)
        else:
            self._refuse(number, line, _ALMOST_ANYWHERE)
            self._inside(number, line, lines)

    def _inside(self, number: int, line: str, lines: Lines) -> None:
        if match := _OF_THE_PAID_EDITION.fullmatch(line):
            what = next(filter(None, match.groups()))
            raise self.error(number, f"{what} needs the paid edition of Liquibase", None)
        if self.found:
            self._add(self.found[-1], number, line, lines)
        elif _COMMENT.fullmatch(line):
            raise self.error(number, "a --comment stands before the first changeset", "put it behind --changeset")

    def _add(self, changeset: Changeset, number: int, line: str, lines: Lines) -> None:
        if _COMMENT.fullmatch(line):
            return
        if _VALID_CHECKSUM.fullmatch(line):
            changeset.checksums = True
        elif match := _ROLLBACK.fullmatch(line):
            changeset.rollback.add(match[1], number)
        elif _BLOCK.fullmatch(line):
            self._block(changeset.rollback, number, lines)
        elif _PRECONDITIONS.fullmatch(line) or _PRECONDITION.fullmatch(line):
            changeset.conditions.append(expand(line.strip(), self.properties))
        else:
            self._refuse(number, line, _ALMOST)
            changeset.up.add(line, number)

    def _block(self, rollback: Text, begun: int, lines: Lines) -> None:
        """Read a rollback within a comment, whose lines Liquibase joins without a line end."""
        for number, line in lines:
            if match := _BLOCK_END.fullmatch(line):
                rollback.add(match[1], number, end="")
                return
            rollback.add(line, number, end="")
        raise self.error(begun, "the comment with the rollback has no end", "write */ at the end of a line")

    def _set(self, line: str) -> None:
        """Set a property, unless it is of another database; what was set first stays."""
        name, value, dbms = (said(line, key, r"\s*\S+") for key in ("name", "value", "dbms"))
        if name and value and Options(dbms=(dbms or "").strip()).is_ours:
            self.properties.setdefault(name.strip().lower(), value.strip())

    def _skip(self, number: int, match: re.Match[str], lines: Lines) -> None:
        if match[1] == "start":
            for _, line in lines:
                if _IGNORE_END.fullmatch(line):
                    return
        elif match[1].isdecimal():
            for _ in range(int(match[1])):
                next(lines, None)
        else:
            raise self.error(number, f"ignoreLines:{match[1]} begins nothing", "write start, or the number of lines")

    def _begin(self, number: int, line: str, match: re.Match[str]) -> None:
        if f"{match[1]}:{match[2]}" not in line or not match[2].strip(": "):
            raise self.error(number, "the changeset has no id behind its author", "write --changeset author:id")
        author, name = (expand(quotes_off(part), self.properties) for part in match.groups())
        options = read_options(expand(line, self.properties))
        file = options.file or self.file
        self.found.append(
            Changeset(path=self.place.path or Path(), file=file, author=author, id=name, number=number, options=options)
        )

    def _refuse(self, number: int, line: str, almost: Iterable[tuple[re.Pattern[str], str]]) -> None:
        for pattern, right in almost:
            if pattern.fullmatch(line):
                raise self.error(
                    number, f'"{line.strip()[:80]}" is almost for Liquibase, but not quite', f"write {right}"
                )

    def error(self, number: int, problem: str, hint: str | None) -> MigrationError:
        """Make the error that names a line."""
        return Place(self.place.path, number).error(problem, text="", at=0, hint=hint)
