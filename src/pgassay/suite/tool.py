"""What the tool that applies the migrations keeps for itself in a target, which is no part of the schema."""

from __future__ import annotations

from collections.abc import Collection

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.parts import keep
from pgassay.catalog.record import Record, quote_name
from pgassay.catalog.selection import schema_of
from pgassay.migrations.sources.format import Format

Names = Collection[tuple[str, str]]


def without_tool(expected: Catalog, actual: Catalog, tool: Format | None) -> tuple[Catalog, str | None]:
    """Return a target's catalog without the tool's own tables and schemas, and a sentence that says so.

    Args:
        expected: What should be: a table that it has is the schema's.
        actual: The target's catalog.
        tool: The tool's format; None: our own, whose ledger is never read.
    """
    if tool is None:
        return actual, None
    bare = _bare_tables(tool)
    tables = {key for key in actual.records.get(Table.KIND, {}) if key[1] in bare}
    tables -= expected.records.get(Table.KIND, {}).keys()
    schemas = {name for name in _schemas(tool) if (name,) in actual.records.get(Schema.KIND, {})}
    if not tables and not schemas:
        return actual, None
    named = {(schema, name) for schema, name in tables}
    shown = sorted([*(f"table {schema}.{name}" for schema, name in named), *(f"schema {name}" for name in schemas)])
    kept = keep(actual, lambda record: not (_is_on(record, named) or schema_of(record) in schemas))
    return kept, f"{tool.tool}'s own, left out: {', '.join(shown)}"


def is_own(tool: Format | None, table: tuple[str, str]) -> bool:
    """Tell whether a table is what the tool keeps for itself, by its name alone; None: it is our own, or no tool."""
    return tool is not None and (table[1] in _bare_tables(tool) or table[0] in _schemas(tool))


def _bare_tables(tool: Format) -> set[str]:
    return {name.rpartition(".")[2] for name in tool.objects if not name.endswith(".*")}


def _schemas(tool: Format) -> set[str]:
    return {name.removesuffix(".*") for name in tool.objects if name.endswith(".*")}


def _is_on(record: Record, tables: Names) -> bool:
    """Tell whether a record is one of these tables, or lives and dies with one."""
    match record:
        case Table():
            return (record.schema, record.name) in tables
        case Sequence(owned_by=str(column)):
            return any(column.startswith(f"{quote_name(schema)}.{quote_name(name)}.") for schema, name in tables)
        case _:
            return (getattr(record, "schema", None), getattr(record, "table", None)) in tables
