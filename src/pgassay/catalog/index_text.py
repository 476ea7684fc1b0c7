"""CREATE INDEX, written from a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.catalog.sqltext import dotted, options, quote_name

if TYPE_CHECKING:
    from pgassay.catalog.kinds.indexes import Index, IndexColumn


def definition(index: Index) -> str:
    """Return it as `pg_get_indexdef` writes it, but for the order of options.

    Of a partitioned table's index only that itself: its parts have statements of their own.
    """
    unique = "UNIQUE " if index.unique else ""
    only = "ONLY " if index.of_partitioned else ""
    table = f"{only}{dotted(index.schema, index.table)}"
    keys = ", ".join(map(_key, index.columns))
    return f"CREATE {unique}INDEX {quote_name(index.name)} ON {table} USING {index.method} ({keys}){_rest(index)}"


def _key(key: IndexColumn) -> str:
    collation = f" COLLATE {key.collation}" if key.collation else ""
    given = f" {options(key.operator_class_options)}" if key.operator_class_options else ""
    operator_class = f" {key.operator_class}{given}" if given or not key.default_class else ""
    return f"{key.expression}{collation}{operator_class}{_order(key)}"


def _order(key: IndexColumn) -> str:
    """Say the order where it is not ASC NULLS LAST, or DESC NULLS FIRST."""
    nulls = "" if key.nulls_first == key.descending else f" NULLS {'FIRST' if key.nulls_first else 'LAST'}"
    return (" DESC" if key.descending else "") + nulls


def _rest(index: Index) -> str:
    include = f" INCLUDE ({', '.join(map(quote_name, index.include))})" if index.include else ""
    nulls = " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    given = f" WITH {options(index.options)}" if index.options else ""
    tablespace = f" TABLESPACE {quote_name(index.tablespace)}" if index.tablespace else ""
    where = f" WHERE {index.predicate}" if index.predicate else ""
    return f"{include}{nulls}{given}{tablespace}{where}"
