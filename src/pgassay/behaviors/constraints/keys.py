"""What a unique index or an exclusion constraint compares, and when two equal rows are one too many for it."""

from __future__ import annotations

from psycopg import sql

from pgassay.behaviors.rows.oracle import Oracle
from pgassay.behaviors.rows.shape import Shape, sources_of
from pgassay.behaviors.rows.text import names
from pgassay.catalog.kinds.indexes import Index

# The operators of an exclusion constraint, or of a key WITHOUT OVERLAPS, in the order of its columns.
_OPERATORS = sql.SQL("""
SELECT format('OPERATOR(%%I.%%s)', o_n.nspname, o.oprname)
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS i ON i.oid = k.conindid
  JOIN pg_catalog.pg_namespace AS i_n ON i_n.oid = i.relnamespace
 CROSS JOIN unnest(k.conexclop) WITH ORDINALITY AS used(operator, place)
  JOIN pg_catalog.pg_operator AS o ON o.oid = used.operator
  JOIN pg_catalog.pg_namespace AS o_n ON o_n.oid = o.oprnamespace
 WHERE i_n.nspname = %s AND i.relname = %s
 ORDER BY used.place
""")


def key_columns(index: Index, shape: Shape) -> frozenset[str]:
    """Return the columns that decide whether two rows are equal to an index, and whether it looks at them at all."""
    mentioned = names(" ".join([*(key.expression for key in index.columns), index.predicate or ""]))
    return sources_of(frozenset(shape.columns) & mentioned, shape.columns)


def condition_of(oracle: Oracle, index: Index) -> str:
    """Return the condition on a row under which no second one may equal it."""
    expressions = [f"({key.expression})" for key in index.columns]
    if index.exclusion:
        operators = [text for (text,) in oracle.values(_OPERATORS, [index.schema, index.name])]
        compared = [f"({e} {operator} {e}) IS TRUE" for e, operator in zip(expressions, operators, strict=True)]
    else:
        compared = [] if index.nulls_not_distinct else [f"{e} IS NOT NULL" for e in expressions]
    return " AND ".join([f"({index.predicate or 'true'}) IS TRUE", *compared])
