"""Mends of indexes."""

from __future__ import annotations

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.mends.common import drop as drop_object
from pgassay.catalog.mends.common import set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import change_options, dotted, quote_name, sentence

STATE = frozenset({"valid", "ready", "live"})
ALTERABLE = frozenset({"clustered", "options", "tablespace"})


def create(index: Index, context: Context) -> Statements:
    """Create an index, and what CREATE INDEX cannot say."""
    if index.constraint is not None:
        return [sentence(f"add the constraint {quote_name(index.constraint)}: its index comes with it")]
    attached = attach(index) if all(_has(context, parent) for parent in index.parents) else []
    return [*create_alone(index), *attached]


def create_alone(index: Index) -> Statements:
    """Create an index that ATTACH PARTITION will find when it attaches the table."""
    statements = [f"{index.definition};"]
    statements += [_cluster(index)] if index.clustered else []
    statements += _statistics(index)
    return statements + (set_comment(index, index.comment) if index.comment is not None else [])


def _has(context: Context, name: str) -> bool:
    return any(dotted(*identity) == name for identity in context.actual.records.get(Index.KIND, {}))


def attach(index: Index) -> Statements:
    """Make the index part of its partitioned table's."""
    return [f"ALTER INDEX {parent} ATTACH PARTITION {dotted(*index.identity)};" for parent in index.parents]


def _cluster(index: Index) -> str:
    action = f"CLUSTER ON {quote_name(index.name)}" if index.clustered else "SET WITHOUT CLUSTER"
    return f"ALTER TABLE {dotted(index.schema, index.table)} {action};"


def _statistics(index: Index) -> Statements:
    name = dotted(*index.identity)
    return [
        f"ALTER INDEX {name} ALTER COLUMN {number} SET STATISTICS {key.statistics_target};"
        for number, key in enumerate(index.columns, 1)
        if key.statistics_target is not None
    ]


def drop(index: Index, _context: Context) -> Statements:
    """Drop an index, or what it serves."""
    if index.constraint is not None:
        table = dotted(index.schema, index.table)
        return [f"ALTER TABLE {table} DROP CONSTRAINT {quote_name(index.constraint)};"]
    return drop_object(index)


def alter(difference: Difference, context: Context) -> Statements:
    """Alter what can be, build anew what is invalid, and drop and create the rest."""
    wanted, found = both(difference)
    names = {attribute.name for attribute in difference.attributes}
    if names <= STATE:
        return [f"REINDEX INDEX {dotted(*wanted.identity)};"]
    if names <= ALTERABLE:
        return [s for attribute in difference.attributes for s in _alter(attribute, wanted)]
    if names == {"parents"} and wanted.parents:
        return attach(wanted)
    if wanted.constraint is not None:
        return [sentence(f"mend the constraint {quote_name(wanted.constraint)}: its index follows")]
    return [*drop(found, context), *create(wanted, context)]


def _alter(attribute: AttributeDifference, wanted: Index) -> Statements:
    start = f"ALTER INDEX {dotted(*wanted.identity)}"
    match attribute.name:
        case "clustered":
            return [_cluster(wanted)]
        case "tablespace":
            return [f"{start} SET TABLESPACE {quote_name(attribute.expected or 'pg_default')};"]
        case _:
            return change_options(start, missing=attribute.missing, extra=attribute.extra)


MENDERS = {Index.KIND: Mender(create=create, drop=drop, alter=alter)}
