"""Foreign keys whose check reads the whole referencing table when a referenced row is deleted or changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.plans.explain import explain
from pgassay.behaviors.plans.node import Node
from pgassay.behaviors.scene import Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import quote_name
from pgassay.findings import Finding

# What the check compares: each column of the key with a value of the referenced column's type.
_COLUMNS = """
SELECT a.attname, format_type(b.atttypid, NULL), c.relkind
  FROM pg_constraint AS k
 CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, place)
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.own
  JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.other
 WHERE (n.nspname, c.relname, k.conname) = (%s, %s, %s) AND k.contype = 'f'
 ORDER BY u.place
"""


def foreign_keys(catalog: Catalog) -> list[Constraint]:
    """Return the foreign keys that are enforced; that of a partitioned table stands for those of its partitions."""
    found = (cast(Constraint, record) for record in catalog.records.get("constraint", {}).values())
    return [key for key in found if key.constraint_type == "foreign key" and key.enforced and key.parent is None]


def unindexed(catalog: Catalog, admin: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Yield the foreign keys whose check has no index that it can use.

    Args:
        catalog: A database's catalog.
        admin: A session there, in autocommit, that may read every table.
    """
    for key in foreign_keys(catalog):
        plan = _check(key, admin)
        if not all(_is_served(node, key, catalog) for node in plan.walk() if node.relation):
            yield _finding(key, plan, catalog)


def _check(key: Constraint, admin: psycopg.Connection[Any]) -> Node:
    """Plan what a foreign key's check asks of the referencing table; a table is read whole only where it must be."""
    rows = admin.execute(_COLUMNS, [key.schema, key.table, key.name]).fetchall()
    conditions = [
        sql.SQL("x.{} = ${}::{}").format(sql.Identifier(name), sql.SQL(str(place)), sql.SQL(cast(Any, kind)))
        for place, (name, kind, _) in enumerate(rows, 1)
    ]
    only = sql.SQL("" if rows[0][2] == "p" else "ONLY ")
    table = sql.Identifier(key.schema, key.table)
    query = sql.SQL("SELECT 1 FROM {}{} AS x WHERE {} FOR KEY SHARE OF x")
    admin.execute("SET enable_seqscan = off")
    try:
        return explain(admin, query.format(only, table, sql.SQL(" AND ").join(conditions)).as_string(admin))
    finally:
        admin.execute("RESET enable_seqscan")


def _is_served(node: Node, key: Constraint, catalog: Catalog) -> bool:
    """Whether a step reads by an index that begins with a column of the key, and by a condition on it.

    The planner may also go through the whole of an index that has such a column further behind.
    """
    by_index = any("Index Cond" in condition for step in node.walk() for condition in step.conditions)
    return by_index and all(
        leading(cast(Index, catalog.records["index"][name])) in key.columns for name in node.indexes
    )


def leading(index: Index) -> str:
    """Return the first column of an index, as it is named; an expression as it is written."""
    expression = index.columns[0].expression
    return expression[1:-1].replace('""', '"') if expression.startswith('"') else expression


def _finding(key: Constraint, plan: Node, catalog: Catalog) -> Finding:
    table, columns = Relation(key.schema, key.table), ", ".join(map(quote_name, key.columns))
    return Finding(
        rule="foreign-key-without-index",
        object=key.label,
        expected=f"an index on {table} that begins with a column of ({columns}) and serves the foreign key's check",
        found=f"{_nearest(key, catalog)}: each deleted or changed row of {key.references} reads it whole\n{plan.text}",
        mend=f"CREATE INDEX ON {table} ({columns});",
    )


def _nearest(key: Constraint, catalog: Catalog) -> str:
    """Say which indexes are there that have a column of the key, and do not help."""
    records = (cast(Index, record) for record in catalog.records.get("index", {}).values())
    own = [r for r in records if (r.schema, r.table) == (key.schema, key.table)]
    near = [r for r in own if {c.expression for c in r.columns} & {*key.columns, *map(quote_name, key.columns)}]
    return "; ".join(f"index {quote_name(r.name)} does not serve it: {r.summary}" for r in near) or "there is none"
