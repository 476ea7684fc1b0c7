"""What the tool that applies the migrations keeps for itself in a database, which is no part of the schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.sequences import Sequence as SequenceRecord
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.parts import keep
from pgassay.catalog.record import Record, quote_name
from pgassay.catalog.selection import schema_of
from pgassay.findings import Finding
from pgassay.migrations.model import Migration, OwnTable
from pgassay.migrations.sources.format import Format

Names = Collection[tuple[str, str]]
NOTHING = Catalog(0, {}, (), 0)


def without_tool(expected: Catalog, actual: Catalog, tool: Format | None) -> tuple[Catalog, str | None]:
    """Return a catalog without the tool's own tables and schemas, and a sentence that says so.

    Args:
        expected: What should be: a table or schema that it has is the schema's.
        actual: The catalog of the target, or of the migrations' head.
        tool: The tool's format; None: our own, whose ledger is never read.
    """
    if tool is None:
        return actual, None
    tables = {(key[0], key[1]) for key in actual.records.get(Table.KIND, {}) if _is_table(tool.table, key)}
    tables -= {(key[0], key[1]) for key in expected.records.get(Table.KIND, {})}
    schemas = {name for name in tool.schemas if (name,) in actual.records.get(Schema.KIND, {})}
    if not tables and not schemas:
        return actual, None
    kept = keep(actual, lambda record: not (_is_on(record, tables) or schema_of(record) in schemas))
    emptied = _emptied(kept, tool.table.schema) - {key[0] for key in expected.records.get(Schema.KIND, {})}
    kept = keep(kept, lambda record: schema_of(record) not in emptied)
    shown = sorted(
        [*(f"table {schema}.{name}" for schema, name in tables), *(f"schema {name}" for name in {*schemas, *emptied})]
    )
    return kept, f"{tool.tool}'s own, left out: {', '.join(shown)}"


def of_schema_alone(catalog: Catalog, migrations: Sequence[Migration], tool: Format | None) -> Catalog:
    """Return the catalog of the migrations' head without what their tool has made there for itself.

    Args:
        catalog: Of a database to which they were applied.
        migrations: They; where one of them makes the tool's table, it is the schema's.
        tool: Their format.
    """
    made = any(migration.own_table is not None for migration in migrations)
    return without_tool(NOTHING, catalog, tool)[0] if made else catalog


def is_own(tool: Format | None, table: tuple[str, str]) -> bool:
    """Tell whether a table is what the tool keeps for itself; None: it is our own, or no tool."""
    return tool is not None and (_is_table(tool.table, table) or table[0] in tool.schemas)


def _is_table(table: OwnTable, key: tuple[str, ...]) -> bool:
    return key[1] in {table.name, *table.siblings} and table.schema in {"", key[0]}


def _emptied(catalog: Catalog, schema: str) -> set[str]:
    """Return the schema of the tool's table, where nothing else is in it and its name is nobody else's."""
    if not schema or schema == "public":
        return set()
    others = any(
        schema_of(record) == schema
        for kind, records in catalog.records.items()
        if kind != Schema.KIND
        for record in records.values()
    )
    return set() if others or (schema,) not in catalog.records.get(Schema.KIND, {}) else {schema}


def forgetting(
    compare: Callable[[Catalog, Catalog], tuple[Finding, ...]], tool: Format | None
) -> Callable[[Catalog, Catalog], tuple[Finding, ...]]:
    """Return a comparison of two moments that leaves out the tool's own.

    It is taken out only where something differs: most often nothing does.

    Args:
        compare: Compares two moments.
        tool: The format.
    """

    def compared(before: Catalog, after: Catalog) -> tuple[Finding, ...]:
        found = compare(before, after)
        if not found or tool is None:
            return found
        return compare(without_tool(NOTHING, before, tool)[0], without_tool(NOTHING, after, tool)[0])

    return compared


def _is_on(record: Record, tables: Names) -> bool:
    """Tell whether a record is one of these tables, or lives and dies with one."""
    match record:
        case Table():
            return (record.schema, record.name) in tables
        case SequenceRecord(owned_by=str(column)):
            return any(column.startswith(f"{quote_name(schema)}.{quote_name(name)}.") for schema, name in tables)
        case _:
            return (getattr(record, "schema", None), getattr(record, "table", None)) in tables
