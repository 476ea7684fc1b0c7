"""Mends of tables."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.mends import (
    columns,
    constraints,
    extended_statistics,
    foreign_options,
    indexes,
    rules,
    sequences,
    triggers,
)
from pgassay.catalog.mends.common import drop as drop_object
from pgassay.catalog.mends.common import finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import change_options, dotted, options, quote_name, sentence

FOREIGN = "foreign table"


def create(table: Table, context: Context) -> Statements:
    """Create a table with all that lives in it."""
    owned = [s for s in _owned_sequences(table, context) if not s.identity_column]
    fields = {c.name: c for c in context.wanted(Column.KIND, schema=table.schema, table=table.name)}
    in_order = [fields[name] for name in table.columns if name in fields]
    return [
        *(sequences.create_alone(sequence) for sequence in owned),
        _create(table, in_order, context),
        *_options_by_hand(table, in_order),
        *(s for sequence in owned for s in (*sequences.own(sequence), *finish(sequence)[1:])),
        *(s for column in in_order for s in columns.details(column)),
        *_parts(table, context),
        *attach(table),
        *_flags(table),
        *finish(table),
        *(s for partition in _partitions(table, context) for s in create(partition, context)),
    ]


def _partitions(table: Table, context: Context) -> list[Table]:
    name = dotted(table.schema, table.name)
    found = context.expected.records.get(Table.KIND, {}).values()
    return [t for t in found if isinstance(t, Table) and t.partition_bound is not None and name in t.parents]


def _owned_sequences(table: Table, context: Context) -> Iterable[Sequence]:
    start = f"{dotted(table.schema, table.name)}."
    found = context.expected.records.get(Sequence.KIND, {}).values()
    return [s for s in found if isinstance(s, Sequence) and s.owned_by is not None and s.owned_by.startswith(start)]


def _create(table: Table, in_order: list[Column], context: Context) -> str:
    """Compose CREATE TABLE; a partition is attached later, an heir takes its parents' columns from them."""
    heir = bool(table.parents) and table.partition_bound is None
    body = ",\n".join(f"    {columns.clause(c, context)}" for c in in_order if c.local or not heir)
    words = [f"CREATE {'UNLOGGED ' if table.persistence == 'unlogged' else ''}{named(table)}"]
    words += [f"(\n{body}\n)" if body else "()"]
    words += [f"INHERITS ({', '.join(table.parents)})"] if heir else []
    words += [f"PARTITION BY {table.partition_key}"] if table.partition_key is not None else []
    return f"{' '.join([*words, *(_foreign(table) if table.table_kind == FOREIGN else _storage(table))])};"


def _storage(table: Table) -> list[str]:
    words = [f"USING {quote_name(table.access_method)}"] if table.access_method not in (None, "heap") else []
    words += [f"WITH {options(table.options)}"] if table.options else []
    return words + ([f"TABLESPACE {quote_name(table.tablespace)}"] if table.tablespace else [])


def _foreign(table: Table) -> list[str]:
    return [f"SERVER {quote_name(table.server or '')}{foreign_options.given(table.options)}"]


def _options_by_hand(table: Table, in_order: list[Column]) -> Statements:
    """Say which options of a foreign table hold a value that is not known."""
    if table.table_kind != FOREIGN:
        return []
    start = f"ALTER {named(table)}"
    of_columns = (foreign_options.advice(f"{start} ALTER {quote_name(c.name)}", c.foreign_options) for c in in_order)
    return [*foreign_options.advice(start, table.options), *(s for column in of_columns for s in column)]


CONSTRAINT_ORDER = ("primary key", "unique", "exclusion", "check", "foreign key")


def _parts(table: Table, context: Context) -> Statements:
    """Create what lives in the table, in an order in which each finds what it needs."""
    place = {"schema": table.schema, "table": table.name}
    own = [c for c in context.wanted(Constraint.KIND, **place) if c.constraint_type in CONSTRAINT_ORDER and c.local]
    own.sort(key=lambda c: CONSTRAINT_ORDER.index(c.constraint_type))
    statements = [s for c in own for s in _constraint(c, table, context)]
    for index in context.wanted(Index.KIND, **place):
        statements += indexes.create_alone(index) if index.constraint is None else _of_constraint(index)
    statements += extended_statistics.create_of(dotted(table.schema, table.name), context)
    for rule in context.wanted(Rule.KIND, **place):
        statements += rules.create(rule, context)
    for trigger in context.wanted(Trigger.KIND, **place):
        statements += triggers.create_trigger(trigger, context) if trigger.parent is None else []
    for policy in context.wanted(Policy.KIND, **place):
        statements += triggers.create_policy(policy, context)
    return statements


def _of_constraint(index: Index) -> Statements:
    """What a constraint's index has of its own is reported once the table is there."""
    return [f"ALTER TABLE {dotted(index.schema, index.table)} CLUSTER ON {quote_name(index.name)};"] * index.clustered


def _constraint(constraint: Constraint, table: Table, context: Context) -> Statements:
    itself = dotted(table.schema, table.name)
    tables = {dotted(*identity) for identity in context.actual.records.get(Table.KIND, {})} | {itself}
    if constraint.references is not None and constraint.references not in tables:
        return [sentence(f"add {constraint.name} once {constraint.references} is there"), *_later(constraint, context)]
    return constraints.create(constraint, context) if constraint.parent is None or table.partition_bound else []


def _later(constraint: Constraint, context: Context) -> Statements:
    return [sentence(line) for statement in constraints.create(constraint, context) for line in statement.splitlines()]


def attach(table: Table) -> Statements:
    """Make the table a partition of its parent."""
    if table.partition_bound is None:
        return []
    name = dotted(table.schema, table.name)
    return [f"ALTER TABLE {parent} ATTACH PARTITION {name} {table.partition_bound};" for parent in table.parents]


def _flags(table: Table) -> Statements:
    start = f"ALTER TABLE {dotted(table.schema, table.name)}"
    statements = [f"{start} OF {table.of_type};"] if table.of_type else []
    statements += [f"{start} ENABLE ROW LEVEL SECURITY;"] if table.row_security else []
    statements += [f"{start} FORCE ROW LEVEL SECURITY;"] if table.force_row_security else []
    usual = "nothing" if table.table_kind == FOREIGN else "default"
    return statements + ([_replica_identity(table, start)] if table.replica_identity != usual else [])


def _replica_identity(table: Table, start: str) -> str:
    identity = table.replica_identity
    words = f"USING INDEX {identity.removeprefix('index ')}" if identity.startswith("index ") else identity.upper()
    return f"{start} REPLICA IDENTITY {words};"


def drop(table: Table, _context: Context) -> Statements:
    """Drop a table, and say that its rows go too."""
    lost = [] if table.table_kind == FOREIGN else [sentence("its rows are lost")]
    return [*lost, *drop_object(table)]


def alter(difference: Difference, context: Context) -> Statements:
    """Mend a table attribute by attribute; the order of columns is nothing that SQL can mend."""
    wanted, found = both(difference)
    if difference.attribute("server") and wanted.table_kind == found.table_kind == FOREIGN:
        return [*drop(found, context), *create(wanted, context)]  # a foreign table has no rows to move
    statements: Statements = []
    for attribute in difference.attributes:
        if not (attribute.name == "partition_bound" and difference.attribute("parents")):
            statements += _alter(attribute, wanted, found)
    return statements


def _alter(attribute: AttributeDifference, wanted: Table, found: Table) -> Statements:
    start = f"ALTER {named(wanted)}"
    action = _action(attribute.name, wanted)
    if action is not None:
        return [f"{start} {action};"]
    match attribute.name:
        case "column order":
            return [sentence("no SQL can reorder columns: reorder the contract")]
        case "replica_identity":
            return [_replica_identity(wanted, start)]
        case "options":
            return _options(attribute, wanted, start)
        case "parents" | "partition_bound" | "detaching":
            return _reattach(wanted, found)
        case name:
            return [sentence(f"a table's {name.replace('_', ' ')} cannot be altered: create it anew, move its rows")]


def _action(attribute: str, wanted: Table) -> str | None:
    """Return what ALTER TABLE does about an attribute that one clause mends."""
    actions = {
        "persistence": f"SET {'UNLOGGED' if wanted.persistence == 'unlogged' else 'LOGGED'}",
        "row_security": f"{'ENABLE' if wanted.row_security else 'DISABLE'} ROW LEVEL SECURITY",
        "force_row_security": f"{'FORCE' if wanted.force_row_security else 'NO FORCE'} ROW LEVEL SECURITY",
        "access_method": f"SET ACCESS METHOD {quote_name(wanted.access_method or 'heap')}",
        "tablespace": f"SET TABLESPACE {quote_name(wanted.tablespace or 'pg_default')}",
        "of_type": f"OF {wanted.of_type}" if wanted.of_type else "NOT OF",
    }
    return actions.get(attribute)


def _options(attribute: AttributeDifference, wanted: Table, start: str) -> Statements:
    change = foreign_options.change if wanted.table_kind == FOREIGN else change_options
    return change(start, missing=attribute.missing, extra=attribute.extra)


def _reattach(wanted: Table, found: Table) -> Statements:
    """Take the table away from the parents that it has, give it to those that it should have."""
    name = dotted(wanted.schema, wanted.name)
    if found.partition_bound is not None:
        finalize = " FINALIZE" if found.detaching else ""
        detach = [f"ALTER TABLE {parent} DETACH PARTITION {name}{finalize};" for parent in found.parents]
    else:
        detach = [f"ALTER TABLE {name} NO INHERIT {parent};" for parent in found.parents]
    if wanted.partition_bound is not None:
        return detach + attach(wanted)
    return detach + [f"ALTER TABLE {name} INHERIT {parent};" for parent in wanted.parents]


MENDERS = {Table.KIND: Mender(create=create, drop=drop, alter=alter)}
