"""What several formats need: files by name, their texts, placeholders, and tables of a tool's own."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, LiteralString

from psycopg import sql

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, OwnTable, Script
from pgassay.migrations.send import Connection
from pgassay.migrations.split import is_blank
from pgassay.migrations.tokens import Place

_MOST_NAMED = 10
_LOOKED_INTO = 5  # files of a folder, to tell its format
_LEVELS = 8  # how far above the folder a project's manifest may lie


def line_counter(text: str) -> Callable[[int], int]:
    """Return a function that tells on which line of a text a character stands, counted from 1, by a binary search."""
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda at: bisect_left(ends, at) + 1


def names_in(folder: Path) -> list[str]:
    """Return the names of all that is in a folder, sorted; none where it cannot be read, which `entries` tells."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def holds_marker(folder: Path, named: re.Pattern[str], marker: re.Pattern[bytes]) -> bool:
    """Tell whether one of the first files of such names has a marker in it; none where they cannot be read."""
    files = [folder / name for name in names_in(folder) if named.fullmatch(name)]
    return any(marker.search(_bytes_of(path)) for path in files[:_LOOKED_INTO])


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def entries(folder: Path) -> list[Path]:
    """Return all that is in a folder, by name, hidden files left out.

    Raises:
        MigrationError: The folder does not exist, or cannot be read.
    """
    return [entry for entry in contents(folder) if not entry.name.startswith(".")]


def contents(folder: Path) -> list[Path]:
    """Return all that is in a folder, by name, hidden files too.

    Raises:
        MigrationError: As `entries`.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MigrationError(f'the migrations folder "{folder}" cannot be read: {reason}') from error


def named_above(folder: Path, manifests: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a file in the folder or above it, of one of these names, holds the text that goes with the name."""
    return any(text in manifest for name, text in manifests for manifest in texts_above(folder, name))


def texts_above(folder: Path, name: str) -> Iterator[str]:
    """Yield the texts of all files of a name in the folder and above it."""
    for above in islice((folder, *folder.resolve().parents), _LEVELS):
        try:
            yield (above / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue


def does_nothing(text: str) -> bool:
    """Tell whether a text holds nothing but comments, BEGIN and COMMIT; one that cannot be split holds something."""
    try:
        return is_blank(text)
    except MigrationError:
        return False


def files_in(folder: Path) -> Iterator[Path]:
    """Yield every file of a folder and the folders in it, but for hidden folders, by path."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(path, name) for name in sorted(names))


def require_any(migrations: Sequence[Migration], folder: Path, *, tool: str, hint: str) -> tuple[Migration, ...]:
    """Return the migrations.

    Raises:
        MigrationError: There is none.
    """
    if not migrations:
        raise MigrationError(f'the migrations folder "{folder}" holds no migration of {tool}', hint=hint)
    return tuple(migrations)


def unless_blank(script: Script) -> Script | None:
    """Return a script; None where nothing in it does anything."""
    return None if does_nothing(script.sql) else script


def ends_with_semicolon(line: str) -> bool:
    """Tell whether a line ends a statement to goose and sql-migrate: its last word before a comment has a semicolon."""
    words = list(takewhile(lambda word: not word.startswith("--"), line.split()))
    return bool(words) and words[-1].endswith(";")


def twins(path: Path, other: Path, what: str) -> MigrationError:
    """Make the error that two files have the same version."""
    return MigrationError(f'"{path}" and "{other}" have the same {what}', hint="give one of them another one")


def unset(names: Iterable[str], place: Place, *, text: str, at: int) -> MigrationError:
    """Make the error that lists placeholders which have no value."""
    missing = sorted(set(names))
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return place.error(
        f"no value is set for {', '.join(missing[:_MOST_NAMED])}{more}",
        text=text,
        at=at,
        hint=f"set them in pgassay.toml: [placeholders] {missing[0]} = ...",
    )


@dataclass(slots=True)
class Missing:
    """Placeholders of a folder that have no value, and where each is met first, so that all are told at once."""

    met: dict[str, tuple[Place, str, int]] = field(default_factory=dict)

    def note(self, name: str, place: Place, text: str, at: int) -> None:
        """Note that a placeholder has no value."""
        self.met.setdefault(name, (place, text, at))

    def refuse(self) -> None:
        """Raise the error that names what has no value.

        Raises:
            MigrationError: There is such a placeholder.
        """
        if self.met:
            place, text, at = next(iter(self.met.values()))
            raise unset(self.met, place, text=text, at=at)


def table_called(connection: Connection, table: OwnTable, columns: Iterable[str]) -> sql.Composed | None:
    """Return a tool's own table, qualified, in whatever schema it lies; None where there is none.

    Args:
        connection: Any.
        table: What it is called; without a schema it may lie in any.
        columns: Columns that it must have, which tells tools apart that call theirs the same.
    """
    found = connection.execute(_FIND, [table.name, table.schema, list(columns)]).fetchone()
    return None if found is None else sql.SQL("{}").format(sql.Identifier(str(found[0]), table.name))


_FIND: LiteralString = """
SELECT n.nspname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relname = %s::text AND c.relkind IN ('r', 'p') AND %s::text IN ('', n.nspname) AND n.nspname !~ '^pg_temp_'
   AND %s::text[] <@ ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0)
 ORDER BY n.nspname <> 'public', n.nspname
 LIMIT 1
"""


def rows_of(
    connection: Connection, own: OwnTable, columns: Sequence[str], *, order: Sequence[str] = ()
) -> list[tuple[Any, ...]] | None:
    """Return some columns of every row of a tool's own table; None where there is no such table.

    Args:
        connection: Any.
        own: As of `table_called`.
        columns: The columns.
        order: By which of them, in what order.
    """
    table = table_called(connection, own, {*columns, *order})
    if table is None:
        return None
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("SELECT {} FROM {}").format(listed, table)
    if order:
        query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(map(sql.Identifier, order)))
    return connection.execute(query).fetchall()
