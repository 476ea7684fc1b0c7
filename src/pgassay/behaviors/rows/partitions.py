"""Which rows a partitioned table has a partition for, as one more condition on them."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.oracle import Oracle
from pgassay.behaviors.rows.shape import Check, Shape
from pgassay.behaviors.rows.text import names

# The server's own words for a bound; by name and not by `regclass` input, which would search a path.
_BOUNDS = sql.SQL("""
SELECT pg_get_partition_constraintdef(c.oid)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted(schema, name, place)
       ON wanted.schema = n.nspname AND wanted.name = c.relname
 ORDER BY wanted.place
""")


def partition_check(oracle: Oracle, shape: Shape, partitions: Iterable[Shape]) -> Check:
    """Return the condition that a row is in one of the partitions which hold rows, and satisfies what that asks.

    Raises:
        RowsError: There is none.
    """
    leaves = [leaf for leaf in partitions if leaf.table.partition_key is None]
    if not leaves:
        raise RowsError(
            f"a row of {shape.relation} could not be made: it has no partition",
            hint="make a partition first, or a DEFAULT one",
        )
    schemas, tables = [leaf.table.schema for leaf in leaves], [leaf.table.name for leaf in leaves]
    bounds = [bound or "true" for (bound,) in oracle.values(_BOUNDS, [schemas, tables])]
    common = {check.condition for check in shape.checks}
    own = [[check.condition for check in leaf.checks if check.condition not in common] for leaf in leaves]
    each = [" AND ".join(f"({part})" for part in (bound, *more)) for bound, more in zip(bounds, own, strict=True)]
    condition = " OR ".join(f"({part})" for part in each)
    label = f"the partitions ({', '.join(str(leaf.relation) for leaf in leaves[:5])})"
    return Check(label, condition, names(condition) & frozenset(shape.columns))
