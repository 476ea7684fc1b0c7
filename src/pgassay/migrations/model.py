"""What a folder of migrations is made of: numbered steps, each with an up and perhaps a down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.errors import MigrationError


class Direction(StrEnum):
    """Which way a step goes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Piece:
    """What another tool sends to the server in one query: a statement, or a whole file.

    Attributes:
        sql: The text.
        line: The line of the file on which it begins, counted from 1.
        path: Its file, where that is not the script's; None: it is.
        rows: What follows a COPY FROM STDIN; None: it is none.
    """

    sql: str
    line: int = 1
    path: Path | None = None
    rows: str | None = None


Run = Callable[[psycopg.Connection[Any]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """SQL, and how it wants to be run.

    Attributes:
        sql: The text, with line ends normalised.
        line: The line of the file on which the text begins, counted from 1.
        transaction: Whether it runs whole in one transaction, or statement by statement in none.
        superuser: Whether it needs a superuser; else it runs as the owner role.
        pieces: The queries in which another tool sends it, inside its transaction or in none; they may begin and end
            transactions of their own, as they may there. None: it is ours to cut.
        alone: Whether that tool gives it a session of its own, so that nothing else meets its settings.
        strict: Whether that tool fails where the script has ended its transaction: Go's lib/pq does, pgx does not.
        pipeline: Whether the pieces go to the server in one pipeline, each by itself in the extended protocol, and one
            Sync behind them all; the server makes a transaction of it, which what can be in none ends.
        run: Python that another tool runs in place of SQL, given a session in autocommit; the text is its source.
        path: The file that it is in, where that is not the migration's.
    """

    sql: str
    line: int = 1
    transaction: bool = True
    superuser: bool = False
    pieces: tuple[Piece, ...] | None = None
    alone: bool = False
    strict: bool = False
    pipeline: bool = False
    run: Run | None = None
    path: Path | None = None

    @property
    def checksum(self) -> str:
        """SHA-256 of the text without blanks around it, in hexadecimal, whatever line ends the file has."""
        text = self.sql.replace("\r\n", "\n").strip()
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTable:
    """The table in which another tool writes down what it has applied.

    Statements name it `{table}`, what is made beside it by its name, and its key and index `{key}` and `{index}`;
    those that write take the facts of a migration as `%(key)s`, `%(below)s`, `%(name)s`, `%(title)s`, `%(file)s`,
    `%(project)s`, `%(checksum)s` and `%(pieces)s`.

    Attributes:
        name: Its name.
        schema: Its schema; empty: the first of the search path.
        siblings: Names of further tables that the tool makes beside it.
        setup: What the tool runs before its first migration, where there is no such table; none: it is not made.
        applied: What it runs for each migration that went up.
        reverted: The same for one that went down.
    """

    name: str
    schema: str = ""
    siblings: tuple[str, ...] = ()
    setup: tuple[LiteralString, ...] = ()
    applied: tuple[LiteralString, ...] = ()
    reverted: tuple[LiteralString, ...] = ()

    @property
    def identifier(self) -> sql.Identifier:
        """Its name for SQL, with its schema where one is named."""
        return sql.Identifier(*filter(None, (self.schema, self.name)))

    @property
    def dotted(self) -> str:
        """Its name for people."""
        return self.identifier.as_string(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered step.

    Attributes:
        version: Its number, 1 or more; of another tool's its place among all, counted from 1.
        name: What stands behind the number in the file's name.
        path: The file; of a migration with two the one with the up.
        up: What it does.
        down: What undoes it; None where there is no statement to run.
        irreversible: The declared reason why nothing undoes it, or None.
        key: What another tool calls it in its own table; empty: it is ours.
        title: How another tool's users call it, where that is not the file's name without its ending.
        checksum: What another tool stores of its content; None: it stores nothing.
        other_checksums: What it takes for the same content as well, such as a checksum with other line ends.
        parents: Keys of what it rests on, where another tool's migrations are a graph; None: on all before it.
        replaces: Keys of those that it stands for: where they are all applied, it is (Django's squashed ones).
        verify: What shows, after the up, that it did its work (sqitch).
        notes: What a reader should know, such as a callback that is not run.
        repeatable: Whether another tool runs it again whenever its checksum has changed.
        passed_over: Whether its tool leaves it alone on the way down, and undoes what lies below it.
        project: Which set of migrations it belongs to, where another tool keeps several in one table; else empty.
        own_table: Where its tool writes down that it is applied; None: nowhere, or its own code does so.
        below: Key of the one before it; empty: it is the first, or ours.
    """

    version: int
    name: str
    path: Path
    up: Script
    down: Script | None = None
    irreversible: str | None = None
    key: str = ""
    title: str = ""
    checksum: str | None = None
    other_checksums: tuple[str, ...] = ()
    parents: tuple[str, ...] | None = None
    replaces: tuple[str, ...] = ()
    verify: Script | None = None
    notes: tuple[str, ...] = ()
    repeatable: bool = False
    passed_over: bool = False
    project: str = ""
    own_table: OwnTable | None = None
    below: str = ""

    @property
    def label(self) -> str:
        """What it is called: most often the file's name without its ending, such as `001-initial-schema`."""
        return self.title or self.path.stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Another way to the head than all migrations from the first, one by one.

    Attributes:
        name: What it is called, such as the file of the dump that it begins with.
        migrations: What is applied, in order; not empty.
        at_once: Whether it is all migrations in one transaction, as their tool makes a new database; else it begins
            with a baseline.
    """

    name: str
    migrations: tuple[Migration, ...]
    at_once: bool = False


ONE_TRANSACTION = "one-transaction"  # the name of the way that is all migrations at once


def way_of(name: str, migrations: Iterable[Migration]) -> Way:
    """Make a way of migrations, numbered anew."""
    numbered = (replace(migration, version=number) for number, migration in enumerate(migrations, 1))
    return Way(name=name, migrations=tuple(numbered))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration going one way."""

    migration: Migration
    direction: Direction

    @property
    def script(self) -> Script:
        """The SQL of this direction.

        Raises:
            MigrationError: There is no down.
        """
        if self.direction is Direction.UP:
            return self.migration.up
        if self.migration.down is None:
            raise MigrationError(f'"{self.migration.label}" has no down')
        return self.migration.down


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A step that was made.

    Attributes:
        version: The migration's number.
        name: Its name.
        direction: The way it went.
        seconds: How long it took, its place in the queue for locks included.
    """

    version: int
    name: str
    direction: Direction
    seconds: float
