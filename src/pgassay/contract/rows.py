"""`[rows]` of behavior.toml: what the row factory puts into columns that it would fill otherwise.

```toml
[rows."public.users"]                           # the table as in SQL
email = "'user' || n || '@example.org'"         # a SQL expression; n is the row's number, a bigint
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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


def load_rows(top: Table) -> tuple[RowsOfTable, ...]:
    """Return what behavior.toml says of rows.

    Args:
        top: What is in the file.

    Raises:
        ContractError: What is said is not a table of texts; file and line are named.
    """
    rows = top.table("rows")
    return tuple(_of_table(replace(rows.table(name), what=f'[rows."{name}"]'), name) for name in rows.values)


def _of_table(table: Table, name: str) -> RowsOfTable:
    columns = {column: Expression(table.required_text(column), table.where(column)) for column in table.values}
    return RowsOfTable(name, columns, table.where())
