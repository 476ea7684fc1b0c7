"""Why the planner passes an index by: shown by planning once more, with nothing else to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg

from pgassay.behaviors.plans.node import Node
from pgassay.behaviors.scene import Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.indexes import Index

# An index that is not valid is none to the planner. Those of partitions belong to the one index of all of them.
_HIDE = """
WITH kept AS (
    SELECT i.oid FROM pg_class AS i JOIN pg_namespace AS n ON n.oid = i.relnamespace
     WHERE (n.nspname, i.relname) = (%s, %s)
)
UPDATE pg_index AS x
   SET indisvalid = false
 WHERE x.indisvalid
   AND x.indrelid IN (SELECT k.indrelid FROM pg_index AS k, kept
                       WHERE k.indexrelid IN (SELECT kept.oid UNION SELECT relid FROM pg_partition_tree(kept.oid)))
   AND x.indexrelid NOT IN (SELECT oid FROM kept UNION SELECT relid FROM kept, pg_partition_tree(kept.oid))
RETURNING x.indexrelid
"""
_SWITCHED_OFF = 1e9  # a cost in which there are penalties for what was switched off (before 18)
_SHOW = "UPDATE pg_index SET indisvalid = true WHERE indexrelid = ANY (%s)"


def why_not(index: Relation, plan: Node, *, catalog: Catalog, alone: Callable[[], Node]) -> tuple[str, str]:
    """Say why a plan does not use an index, and what can be done.

    Args:
        index: The index.
        plan: The plan without it.
        catalog: The database's catalog.
        alone: Plans the query where the index is all that there is to choose.
    """
    record = cast(Index, catalog.records["index"][index.schema, index.name])
    table = Relation(record.schema, record.table)
    if not record.valid:
        return "it is not valid: it was not built to its end", f"REINDEX INDEX {index};"
    # Of a partitioned table only its partitions are read.
    if not record.of_partitioned and (table.schema, table.name) not in plan.tables:
        return f"the query does not read {table}", "correct the query, or name an index of a table that it reads"
    forced, instead = alone(), _instead(plan, table)
    if uses(forced, index, catalog):
        costs = f": with it the plan costs {forced.cost:g}, without it {plan.cost:g}"
        dearer = f"{instead}, which the planner finds cheaper{costs if forced.cost < _SWITCHED_OFF else ''}"
        return dearer, "correct the query or the index, or the [[statistics]] where real ones differ"
    return (
        f"{instead}: the index cannot serve this query, even with nothing else to choose from",
        f"compare the query with the index: {record.summary}",
    )


def uses(plan: Node, index: Relation, catalog: Catalog) -> bool:
    """Whether a plan uses an index, or that of a partition which is a part of it."""
    return str(index) in {name for used in plan.indexes for name in with_parents(Relation(*used), catalog)}


def with_parents(index: Relation, catalog: Catalog) -> Iterator[str]:
    """Yield an index by its name, and those that it is a part of."""
    yield str(index)
    record = catalog.records["index"].get((index.schema, index.name))
    for parent in cast(Index, record).parents if record else ():
        yield parent
        above = next((r for r in catalog.records["index"] if str(Relation(*r)) == parent), None)
        yield from with_parents(Relation(*above), catalog) if above else ()


def _instead(plan: Node, table: Relation) -> str:
    """What the plan does with the table instead."""
    nodes = [node for node in plan.walk() if (node.schema, node.relation) == (table.schema, table.name)]
    names = sorted({index for node in nodes for _, index in node.indexes})
    return f"{', '.join(names)} is used instead" if names else f"{table} is read whole"


@contextmanager
def hidden_but(index: Relation, admin: psycopg.Connection[Any]) -> Iterator[None]:
    """Hide all other indexes of an index's table from the planner."""
    hidden = [oid for (oid,) in admin.execute(_HIDE, [index.schema, index.name])]
    try:
        yield
    finally:
        admin.execute(_SHOW, [hidden])
