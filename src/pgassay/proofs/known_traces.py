"""Traces that look like false alarms and are none: PostgreSQL itself leaves them, and says nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.types import CompositeType, Enum
from pgassay.catalog.leniencies import has_more, in_other_order
from pgassay.findings import Finding
from pgassay.proofs.wording import ways_out

NOT_NULL_STAYS = "-- a primary key sets NOT NULL on its columns, and dropping it leaves that behind"
VALUE_STAYS = (
    "an enum value cannot be taken back, for there is no DROP VALUE: make the type anew in the down (rename it, CREATE "
    f"TYPE, ALTER COLUMN ... TYPE ... USING, DROP TYPE), {ways_out('enum-values')}"
)
ATTRIBUTE_COMES_LAST = (
    "no down can put an attribute of a type back into its place, for one that is added back comes last: "
    f"{ways_out('attribute-order')}"
)


@dataclass(frozen=True, slots=True)
class Moments:
    """A step's three catalogs.

    Attributes:
        before: Where it began.
        after: Where its up led.
        back: Where its down led.
    """

    before: Catalog
    after: Catalog
    back: Catalog


def explained(trace: Iterable[Finding], moments: Moments) -> Iterator[Finding]:
    """Yield what a down leaves behind, with a word of why where that is known.

    Args:
        trace: The findings; their objects end with the labels of records.
        moments: Of the step.
    """
    left_by_key = {f": {column.label}" for column in _left_by_a_key(moments)}
    grown = {f": {enum.label}" for enum in _grown(moments)}
    reordered = {f": {composite.label}" for composite in _reordered(moments)}
    for finding in trace:
        if finding.expected == "not null: no" and finding.object.endswith(tuple(left_by_key)):
            yield replace(finding, mend=f"{NOT_NULL_STAYS}\n{finding.mend}")
        elif finding.expected.startswith("labels: ") and finding.object.endswith(tuple(grown)):
            yield replace(finding, mend=VALUE_STAYS)
        elif finding.expected.startswith("fields: ") and finding.object.endswith(tuple(reordered)):
            yield replace(finding, mend=ATTRIBUTE_COMES_LAST)
        else:
            yield finding


def _left_by_a_key(moments: Moments) -> Iterator[Column]:
    """Yield columns that were set NOT NULL by a primary key which came and went."""
    before = moments.before.records.get(Column.KIND, {})
    for column in moments.back.of_kind(Column).values():
        was = before.get(column.identity)
        came = _key(moments.after, column) - _key(moments.back, column)
        if isinstance(was, Column) and column.not_null and not was.not_null and column.name in came:
            yield column


def _key(catalog: Catalog, column: Column) -> set[str]:
    """Return the columns of the primary key of a column's table."""
    constraints = catalog.parts(Constraint, (column.schema, column.table)).values()
    return {name for found in constraints if found.constraint_type == "primary key" for name in found.columns}


def _grown(moments: Moments) -> Iterator[Enum]:
    """Yield enums that have all the labels of before in their order, and others."""
    before = moments.before.records.get(Enum.KIND, {})
    for enum in moments.back.of_kind(Enum).values():
        was = before.get(enum.identity)
        if isinstance(was, Enum) and has_more(was.labels, enum.labels):
            yield enum


def _reordered(moments: Moments) -> Iterator[CompositeType]:
    """Yield composite types that have the attributes of before in another order."""
    before = moments.before.records.get(CompositeType.KIND, {})
    for composite in moments.back.of_kind(CompositeType).values():
        was = before.get(composite.identity)
        if isinstance(was, CompositeType) and in_other_order(was.fields, composite.fields):
            yield composite
