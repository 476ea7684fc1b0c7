"""`[[statistics]]`: what the planner is told of a table, so that an empty one does not decide.

```toml
[[statistics]]
table = "users"                                 # as in SQL; each table once
rows = 1_000_000
columns.email = { distinct = -1 }               # as in pg_stats.n_distinct: a number, or minus a share of the rows
columns.deleted_at = { nulls = 0.98, width = 8 }    # share of nulls, 0 to 1; bytes on average

[[statistics]]
table = "messages"
copy = true                                     # from the database of --db-url; where there is none, `rows` holds
rows = 5_000_000
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isinf

from pgassay.contract.behavior.entry import Entry, whole_number
from pgassay.contract.toml import Table

STATISTICS_KEYS = ("table", "rows", "copy", "columns")
COLUMN_KEYS = ("distinct", "nulls", "width")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """What the planner is told of a column, as pg_stats has it; None: nothing.

    Attributes:
        distinct: How many values there are; negative: minus their share of the rows; 0: unknown.
        nulls: The share of nulls, 0 to 1.
        width: Bytes on average.
    """

    distinct: float | None = None
    nulls: float | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatistics(Entry):
    """One `[[statistics]]` entry.

    Attributes:
        table: The table, as in SQL.
        rows: How many rows it is said to have; None: what is copied.
        copy: Whether the target's are taken, where there is a target.
        columns: Column -> what is said of it.
    """

    table: str
    rows: int | None = None
    copy: bool = False
    columns: Mapping[str, ColumnStatistics] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """The table."""
        return f"table {self.table}"


def parse_statistics(entry: Table) -> TableStatistics:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing.
    """
    entry.only(STATISTICS_KEYS)
    table, columns = entry.required_text("table"), entry.table("columns")
    if "rows" not in entry.values and not entry.truth("copy"):
        raise entry.error('"rows" or "copy" must be there')
    return TableStatistics(
        name=f"statistics of {table}",
        source=entry,
        table=table,
        rows=whole_number(entry, "rows", default=1, least=1) if "rows" in entry.values else None,
        copy=entry.truth("copy"),
        columns={column: _column(columns.table(column)) for column in columns.values},
    )


def _column(column: Table) -> ColumnStatistics:
    column.only(COLUMN_KEYS)
    return ColumnStatistics(
        distinct=_number(column, "distinct", least=-1.0),
        nulls=_number(column, "nulls", least=0.0, most=1.0),
        width=whole_number(column, "width", default=1, least=1) if "width" in column.values else None,
    )


def _number(column: Table, key: str, *, least: float, most: float = float("inf")) -> float | None:
    value = column.values.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most or isinf(value):
        limits = f"from {least:g} to {most:g}" if most < float("inf") else f"of at least {least:g}"
        raise column.error(f'"{key}" must be a number {limits}, not {value!r}', key=key)
    return float(value)
