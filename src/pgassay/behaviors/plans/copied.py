"""Copy from a target what its planner knows of a table: read, never more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from pgassay.behaviors.plans.columns import Spread
from pgassay.behaviors.scene import Relation
from pgassay.errors import BlindError

# pg_class is everybody's to read; pg_stats leaves out the columns that the role may not select, and tables whose rows
# it may not all see.
_TABLE = """
SELECT c.oid, c.reltuples, c.relpages,
       row_security_active(c.oid),
       ARRAY(SELECT a.attname::text
               FROM pg_attribute AS a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
              ORDER BY a.attnum)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (n.nspname, c.relname) = (%s, %s)
"""
_COLUMNS = """
SELECT attname, null_frac, avg_width, n_distinct, most_common_vals::text, most_common_freqs, histogram_bounds::text,
       correlation
  FROM pg_stats
 WHERE (schemaname, tablename, inherited) = (%s, %s, false)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What the target's planner knows of a table.

    Attributes:
        rows: Its rows, when it was last analyzed.
        pages: Its pages then.
        columns: Column -> how its values are spread.
    """

    rows: float
    pages: int
    columns: Mapping[str, Spread]


def copy_statistics(connection: psycopg.Connection[Any], table: Relation) -> Copied:
    """Read what the planner of a database knows of a table.

    Args:
        connection: To the target.
        table: The table.

    Raises:
        BlindError: There is no such table, it was never analyzed, or the role may not see all of its statistics.
    """
    row = connection.execute(_TABLE, [table.schema, table.name]).fetchone()
    if row is None:
        raise BlindError(f"the statistics of {table} cannot be copied: the target has no such table")
    _, rows, pages, hidden, secret = row
    if rows < 0:
        raise BlindError(f"the statistics of {table} cannot be copied: it was never analyzed", hint=f"ANALYZE {table};")
    if hidden or secret:
        why = "row security hides them" if hidden else f"of {', '.join(secret)} they may not be read"
        raise BlindError(
            f"the statistics of {table} cannot be copied: {why}",
            hint="grant SELECT on the columns to the role of --db-url, and BYPASSRLS where there is row security",
        )
    found = connection.execute(_COLUMNS, [table.schema, table.name]).fetchall()
    return Copied(rows=rows, pages=pages, columns={name: _spread(*rest) for name, *rest in found})


def _spread(*row: Any) -> Spread:
    nulls, width, distinct, common, shares, bounds, correlation = row
    return Spread(
        nulls=nulls,
        width=width,
        distinct=distinct,
        common=common,
        shares=shares,
        bounds=bounds,
        correlation=correlation,
    )
