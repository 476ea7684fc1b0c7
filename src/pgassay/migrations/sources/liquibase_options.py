"""What the first line of a changeset says, such as `splitStatements:false`, found as Liquibase finds it.

Source: github.com/liquibase/liquibase 5, liquibase-standard: AbstractFormattedChangeLogParser, DatabaseList.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OURS = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is said of a changeset.

    Attributes:
        transaction: Whether it runs in one transaction.
        split: Whether its SQL is cut into statements.
        comments: Whether comments are sent.
        delimiter: What ends a statement; None: what does so by default.
        rollback_split: Whether its rollback is cut.
        rollback_delimiter: What ends a statement of the rollback.
        repeatable: Whether it runs again when it has changed, or always.
        dbms: The databases that it is for; empty: all.
        ignored: Whether it is never run.
        may_fail: Whether Liquibase goes on where it fails.
        file: What stands for the file's name; empty: the file's name.
        notes: What Liquibase looks at and the walk does not.
    """

    transaction: bool = True
    split: bool = True
    comments: bool = False
    delimiter: str | None = None
    rollback_split: bool = True
    rollback_delimiter: str | None = None
    repeatable: bool = False
    dbms: str = ""
    ignored: bool = False
    may_fail: bool = False
    file: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether it is for PostgreSQL."""
        names = {name.strip() for name in self.dbms.lower().split(",") if name.strip()}
        if not names or "all" in names:
            return True
        wanted = {name for name in names if not name.startswith("!")}
        return not {"none", f"!{_OURS}"} & names and (not wanted or _OURS in wanted)


def read_options(line: str) -> Options:
    """Read them; of what is said twice the last counts, and splitStatements ends rollbackSplitStatements as well."""
    return Options(
        transaction=_flag(line, "runInTransaction", default=True),
        split=_flag(line, "splitStatements", default=True),
        comments=not _flag(line, "stripComments", default=True),
        delimiter=said(line, r"\bendDelimiter", r"\S*"),
        rollback_split=_flag(line, "rollbackSplitStatements", default=True),
        rollback_delimiter=said(line, r"\brollbackEndDelimiter", r"\S*"),
        repeatable=_flag(line, "runOnChange", default=False) or _flag(line, "runAlways", default=False),
        dbms=said(line, "dbms", r"[^,][\w!,]+") or "",
        ignored=_flag(line, "ignore", default=False),
        may_fail=not _flag(line, "failOnError", default=True),
        file=said(line, "logicalFilePath", r"\S*") or "",
        notes=tuple(_notes(line)),
    )


def said(line: str, name: str, value: str = r"\w+") -> str | None:
    """Return what stands behind a name and a colon, at its last place in the line; None: nothing."""
    match = re.fullmatch(rf".*{name}:({value}).*", line, re.IGNORECASE)
    return None if match is None else match[1]


def quotes_off(text: str) -> str:
    """Return a text without the double quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _flag(line: str, name: str, *, default: bool) -> bool:
    found = said(line, name)
    return default if found is None else found.lower() == "true"


def _notes(line: str) -> Iterator[str]:
    for name in ("contextFilter", "context", "labels"):
        if found := said(line, name, r'".*?"|\S*'):
            yield f"run whatever Liquibase is told: {name}:{found}"
    if found := said(line, "runWith", r"[\w${}]+"):
        yield f"sent as it stands: runWith:{found}"
    if said(line, "failOnError") == "false":
        yield "Liquibase goes on where this fails: failOnError:false"
