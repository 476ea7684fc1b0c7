"""Give columns of a scratch database the statistics that the planner is to believe in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from pgassay.behaviors.scene import Relation
from pgassay.errors import ContractError

# What a seed has left there speaks of other rows.
_CLEAR = """
DELETE FROM pg_statistic
 WHERE starelid = (SELECT c.oid
                     FROM pg_class AS c
                     JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE (n.nspname, c.relname) = (%s, %s))
"""
_RESTORES = 180000  # the first version that can be given statistics by functions
_RESTORE = """
SELECT pg_restore_attribute_stats(
           'schemaname', %(schema)s::text, 'relname', %(table)s::text, 'attname', %(column)s::text,
           'inherited', false,
           'null_frac', %(nulls)s::real, 'avg_width', %(width)s::integer, 'n_distinct', %(distinct)s::real,
           'most_common_vals', %(common)s::text, 'most_common_freqs', %(shares)s::real[],
           'histogram_bounds', %(bounds)s::text, 'correlation', %(correlation)s::real)
"""
# Before 18 a superuser writes the row: what holds for any value, without the values themselves, which need operators.
_INSERT = """
INSERT INTO pg_statistic
SELECT a.attrelid, a.attnum, false, coalesce(%(nulls)s::real, 0), coalesce(%(width)s::integer, 0),
       coalesce(%(distinct)s::real, 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (n.nspname, c.relname, a.attname) = (%(schema)s, %(table)s, %(column)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the values of a column are spread, as pg_stats has it; None: not known.

    Attributes:
        nulls: The share of nulls.
        width: Bytes on average.
        distinct: As n_distinct.
        common: The most common values, an array's text; used on 18 and later.
        shares: Their shares of the rows.
        bounds: The histogram, an array's text; used on 18 and later.
        correlation: Of the values' order with the rows' order; used on 18 and later.
    """

    nulls: float | None = None
    width: int | None = None
    distinct: float | None = None
    common: str | None = None
    shares: list[float] | None = None
    bounds: str | None = None
    correlation: float | None = None


def give_spreads(admin: psycopg.Connection[Any], table: Relation, spreads: Mapping[str, Spread]) -> None:
    """Say how the values of a table's columns are spread, in place of all that is said of them.

    Args:
        admin: A superuser's, in autocommit.
        table: The table, with rows of its own.
        spreads: Column -> how.

    Raises:
        ContractError: The server does not take it.
    """
    admin.execute(_CLEAR, [table.schema, table.name])
    statement = _RESTORE if admin.info.server_version >= _RESTORES else _INSERT
    for column, spread in spreads.items():
        values = {name: getattr(spread, name) for name in Spread.__slots__}
        names = {"schema": table.schema, "table": table.name, "column": column}
        cursor = admin.execute(statement.encode(), {**values, **names})
        if cursor.description and cursor.fetchone() != (True,):
            raise ContractError(
                f'the statistics of column "{column}" of {table} are not taken by the scratch server',
                hint="let the scratch server have the target's major: leave --assay-pg out",
            )
