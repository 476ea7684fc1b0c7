"""`[rows]` of behavior.toml: what the row factory puts into columns that it would fill otherwise.

```toml
[rows."public.users"]                           # the table as in SQL
email = "'user' || n || '@example.org'"         # a SQL expression; n is the row's number, a bigint
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pgassay.contract.toml import Table


@dataclass(frozen=True, slots=True)
class Expression:
    """What one column is given.

    Attributes:
        text: A SQL expression of `n`, a bigint.
        where: File and line, for messages; empty where it is from no file.
    """

    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class RowsOfTable:
    """One `[rows."table"]`.

    Attributes:
        table: The table, as in SQL.
        columns: Column, as it is called -> its expression.
        where: File and line, for messages; empty where it is from no file.
    """

    table: str
    columns: Mapping[str, Expression]
    where: str = ""


def load_rows(path: Path, top: Table) -> tuple[RowsOfTable, ...]:
    """Return what behavior.toml says of rows.

    Args:
        path: The file, for the lines.
        top: What is in it.

    Raises:
        ContractError: What is said is not a table of texts; file and line are named.
    """
    rows = top.table("rows")
    lines = _lines(path) if rows.values else {}
    return tuple(_of_table(rows, name, lines, path) for name in rows.values)


def _of_table(rows: Table, name: str, lines: Mapping[tuple[str, ...], int], path: Path) -> RowsOfTable:
    def where(*keys: str) -> str:
        line = lines.get(keys)
        return f'"{path}"' + (f", line {line}" if line else "")

    table = Table(rows.values, f"{where(name)}: [rows]").table(name)
    columns = {}
    for column in table.values:
        here = where(name, column)
        said = Table(table.values, f'{here}: [rows."{name}"]')
        columns[column] = Expression(said.required_text(column), here)
    return RowsOfTable(name, columns, where(name))


def _lines(path: Path) -> dict[tuple[str, ...], int]:
    """Return in which line each table of `[rows]` begins, and each of its columns; tomllib does not tell."""
    found: dict[tuple[str, ...], int] = {}
    header: tuple[str, ...] = ()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = _keys(stripped)
            found.setdefault(header[1:], number)
        elif header[:1] == ("rows",) and "=" in stripped:
            found.setdefault((*header[1:], *_keys(stripped.partition("=")[0] + "= 0")), number)
    return found


def _keys(line: str) -> tuple[str, ...]:
    """Return the keys that lead to what a line opens; none where it is in the midst of something longer."""
    try:
        return tuple(_path(tomllib.loads(line)))
    except tomllib.TOMLDecodeError:
        return ()


def _path(value: object) -> Iterator[str]:
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        yield key
