"""Mends of extended statistics."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import dotted, quote_name


def create(statistics: StatisticsObject, _context: Context) -> Statements:
    """Create a statistics object; the next ANALYZE fills it."""
    kinds = f" ({', '.join(sorted(statistics.kinds))})" if statistics.kinds else ""
    of = (*map(quote_name, sorted(statistics.columns)), *(f"({text})" for text in statistics.expressions))
    name = dotted(statistics.schema, statistics.name)
    target = [] if statistics.statistics_target is None else [_target(statistics)]
    return [
        f"CREATE STATISTICS {name}{kinds} ON {', '.join(of)} FROM {statistics.table};",
        *target,
        *finish(statistics),
    ]


def create_of(table: str, context: Context) -> Statements:
    """Create all statistics objects that are expected of a table or materialized view of this qualified name."""
    found = context.expected.records.get(StatisticsObject.KIND, {}).values()
    return [s for o in found if isinstance(o, StatisticsObject) and o.table == table for s in create(o, context)]


def _target(statistics: StatisticsObject) -> str:
    target = -1 if statistics.statistics_target is None else statistics.statistics_target
    return f"ALTER {named(statistics)} SET STATISTICS {target};"


def alter(difference: Difference, context: Context) -> Statements:
    """Set the target; make anew what is gathered otherwise."""
    wanted, found = both(difference)
    if [attribute.name for attribute in difference.attributes] == ["statistics_target"]:
        return [_target(wanted)]
    return [*drop(found), *create(wanted, context)]


MENDERS = {StatisticsObject.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
