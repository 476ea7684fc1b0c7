"""Turn what a server answered into an error that names file, line and statement."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.errors import Diagnostic

from pgassay.errors import MigrationError
from pgassay.migrations.layout import laid_out
from pgassay.migrations.model import Script
from pgassay.migrations.split import Statement
from pgassay.migrations.statement_kind import kind_of
from pgassay.runtime.masking import shorten, without_passwords

_LONGEST_CONTEXT = 5  # lines
_NO_SUCH_FILE, _NOT_SUPPORTED = "58P01", "0A000"  # a missing control file: before 15, and since
LOCK_NOT_AVAILABLE = "55P03"
WHO_HOLDS_IT = (
    "somebody holds a lock on it; while it waits again, this shows who: SELECT pid, pg_blocking_pids(pid), query "
    "FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 (process 0: see pg_prepared_xacts)"
)
_BAD_ENCODING = frozenset({"22P05", "22021"})  # the text as a whole cannot be taken: no statement is at fault
_EXTENSION = re.compile(r'create\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"((?:[^"]|"")+)"|([^\s;"]+))', re.IGNORECASE)


class ScriptError(MigrationError):
    """Report a script that failed.

    Attributes:
        path: Its file.
        line: The line of the file, or None where nothing tells it.
        statement: The statement that failed, or an empty text.
        which: Which of the script's statements it is, of what kind, and on which line it begins.
        completed: How many statements of the script were completed before.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path,
        line: int | None = None,
        statement: str = "",
        which: str = "statement",
        completed: int = 0,
        details: Sequence[str] = (),
        hint: str | None = None,
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, sqlstate=sqlstate)
        self.path = path
        self.line = line
        self.statement = without_passwords(statement)
        self.which = which
        self.completed = completed
        self.details = tuple(map(without_passwords, details))

    @property
    def text(self) -> str:
        """The message, with the statement that failed and what the server adds."""
        statement = (f"{self.which}: {shorten(laid_out(self.statement))}",) if self.statement else ()
        indented = [f"  {part}".replace("\n", "\n    ") for part in (*statement, *self.details)]
        return "\n".join([super().text, *indented])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What was sent when something failed.

    Attributes:
        script: The script that the text belongs to.
        path: Its file.
        statements: Its statements.
        first: How many of them had been completed before this query.
        offset: Where the query's text begins within the script.
        query: The number of the query among those in which the script is sent, counted from 1.
        queries: How many those are.
    """

    script: Script
    path: Path
    statements: Sequence[Statement]
    first: int = 0
    offset: int = 0
    query: int = 1
    queries: int = 1

    def failed(self, diagnostic: Diagnostic, *, completed: int) -> ScriptError:
        """Make the error for the server's answer, `completed` statements of this query having been completed."""
        done = self.first + completed
        line, number = self._find(diagnostic, done)
        found = None if number is None else self.statements[number]
        statement = "" if found is None else found.sql
        sqlstate = diagnostic.sqlstate
        where = f'"{self.path}", line {line}' if line else f'"{self.path}"'
        return ScriptError(
            f"{where}: {diagnostic.message_primary or 'the server gave no reason'}",
            path=self.path,
            line=line,
            statement=statement,
            which=self._which(number),
            completed=done,
            details=_details(diagnostic),
            hint=_hint(statement, diagnostic),
            sqlstate=sqlstate,
        )

    def _find(self, diagnostic: Diagnostic, done: int) -> tuple[int | None, int | None]:
        """Return line and number of the statement at fault: by the server's position, else by what was completed."""
        if diagnostic.statement_position:
            at = self.offset + int(diagnostic.statement_position) - 1
            line = self.script.line + self.script.sql.count("\n", 0, at)
            before = bisect_right(self.statements, at, key=lambda found: found.start)
            return line, before - 1 if before else None
        if diagnostic.sqlstate in _BAD_ENCODING and not done:
            return None, None
        if done < len(self.statements):
            return self.statements[done].line, done
        return None, None

    def _which(self, number: int | None) -> str:
        """Say which of the script's statements one is; where queries hold several, of its query's."""
        if number is None:
            return "statement"
        found = self.statements[number]
        place, all_of_them = (
            (self.query, self.queries) if len(self.statements) == 1 else (number + 1, len(self.statements))
        )
        which = f"statement {place} of {all_of_them}" if all_of_them > 1 else "statement"
        return ", ".join(filter(None, (which, kind_of(found), f"line {found.line}")))


def _details(diagnostic: Diagnostic) -> list[str]:
    context = (diagnostic.context or "").splitlines()[:_LONGEST_CONTEXT]
    detail = [f"detail: {diagnostic.message_detail}"] if diagnostic.message_detail else []
    return detail + ([f"context: {chr(10).join(context)}"] if context else [])


def _hint(statement: str, diagnostic: Diagnostic) -> str | None:
    """Return what to do: our word where we know better, else the server's."""
    if extension := _missing_extension(statement, diagnostic):
        return _extension_hint(extension)
    return WHO_HOLDS_IT if diagnostic.sqlstate == LOCK_NOT_AVAILABLE else diagnostic.message_hint


def _missing_extension(statement: str, diagnostic: Diagnostic) -> str | None:
    """Return the extension whose control file this server lacks, from the statement or the one inside a DO block."""
    if diagnostic.sqlstate not in {_NO_SUCH_FILE, _NOT_SUPPORTED}:
        return None
    match = _EXTENSION.search(diagnostic.context or "") or _EXTENSION.search(statement)
    # Another 0A000 of a CREATE EXTENSION names no extension in quotes; the messages are translated, the name is not.
    name = (match[1] or match[2]).replace('""', '"') if match else None
    return name if name and name.lower() in (diagnostic.message_primary or "").lower() else None


def _extension_hint(name: str) -> str:
    return (
        f'this server lacks the extension "{name}": install the package that carries it, or choose a server that has '
        "it (--assay-server local, or a URL)"
    )
