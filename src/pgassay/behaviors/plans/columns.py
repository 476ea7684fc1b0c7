"""Give columns of a scratch database the statistics that the planner is to believe in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from pgassay.behaviors.scene import Relation
from pgassay.errors import ContractError

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


def give_spread(admin: psycopg.Connection[Any], table: Relation, column: str, spread: Spread) -> None:
    """Say how the values of a column are spread.

    Args:
        admin: A superuser's, in autocommit.
        table: A table that has no statistics.
        column: Its column's name, as it is.
        spread: How.

    Raises:
        ContractError: The server does not take it.
    """
    values = {name: getattr(spread, name) for name in Spread.__slots__}
    statement = _RESTORE if admin.info.server_version >= _RESTORES else _INSERT
    cursor = admin.execute(
        statement.encode(), {**values, "schema": table.schema, "table": table.name, "column": column}
    )
    if cursor.description and cursor.fetchone() != (True,):
        raise ContractError(
            f'the statistics of column "{column}" of {table} are not taken by the scratch server',
            hint="let the scratch server have the target's major: leave --assay-pg out",
        )
