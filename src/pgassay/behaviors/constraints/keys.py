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


_UNEQUAL = ".<>)"  # of an element for which equal rows are the ones that get along


def key_columns(index: Index, shape: Shape) -> frozenset[str]:
    """Return the columns that decide whether two rows are equal to an index, and whether it looks at them at all."""
    return _columns([*(key.expression for key in index.columns), index.predicate or ""], shape)


def unequal_columns(oracle: Oracle, index: Index, shape: Shape) -> frozenset[str]:
    """Return the columns that must differ, by `<>` of an exclusion constraint, where two rows are one too many."""
    if not index.exclusion:
        return frozenset()
    operators = _operators(oracle, index)
    others = [key.expression for key, operator in zip(index.columns, operators, strict=True) if not _differs(operator)]
    return key_columns(index, shape) - _columns([*others, index.predicate or ""], shape)


def conditions_of(oracle: Oracle, index: Index) -> list[str]:
    """Return what all must be true of a row under which no second one may equal it."""
    predicate = [f"({index.predicate})"] if index.predicate else []
    elements = zip((f"({key.expression})" for key in index.columns), _operators(oracle, index), strict=True)
    compared = (f"{e} IS NOT NULL" if _differs(operator) else f"({e} {operator} {e})" for e, operator in elements)
    return [*predicate, *([] if index.nulls_not_distinct else compared)]


def _operators(oracle: Oracle, index: Index) -> list[str]:
    """Return each element's operator; of a unique index empty ones, for those of its classes are not named."""
    if not index.exclusion:
        return [""] * len(index.columns)
    return [text for (text,) in oracle.values(_OPERATORS, [index.schema, index.name])]


def _differs(operator: str) -> bool:
    """Tell whether nothing but NULL keeps an element from being compared."""
    return not operator or operator.endswith(_UNEQUAL)


def _columns(texts: list[str], shape: Shape) -> frozenset[str]:
    return sources_of(frozenset(shape.columns) & names(" ".join(texts)), shape.columns)
