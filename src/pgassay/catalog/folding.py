"""One cause, one difference: what follows from a difference that is reported is counted under it, not reported too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.family import Family, Key, key_of
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.record import Record

OF_THE_CONSTRAINT = frozenset(
    {"method", "columns", "include", "predicate", "unique", "nulls_not_distinct", "primary", "immediate", "exclusion"}
)
"""Attributes of an index that its constraint says."""

OF_THE_COLUMN_ITSELF = frozenset({"comment", "privileges", "default"})
"""Attributes of a view's column that the view's query does not say."""


def alone(records: Iterable[Record], family: Family, changed: Mapping[Key, Difference]) -> Iterator[Difference]:
    """Yield one difference for each object that only one side has, but not for what lives under another such one.

    Args:
        records: The records of that side that nothing corresponds to.
        family: The ties within that side.
        changed: What differs between objects that both have, by the keys of that side.
    """
    lonely = {key_of(record): record for record in records}
    leaders = {key: _leader(record, family, lonely, changed) for key, record in lonely.items()}
    hidden = Counter(_root(key, leaders) for key, leader in leaders.items() if leader is not None)
    for key, record in lonely.items():
        if leaders[key] is None:
            yield _alone(record, missing=family.expected, hidden=hidden[key])


def _alone(record: Record, *, missing: bool, hidden: int) -> Difference:
    change = Change.MISSING if missing else Change.EXTRA
    expected, actual = (record, None) if missing else (None, record)
    return Difference(
        kind=record.KIND, object=record.label, change=change, expected=expected, actual=actual, hidden=hidden
    )


def _leader(
    record: Record, family: Family, lonely: Mapping[Key, Record], changed: Mapping[Key, Difference]
) -> Key | None:
    """Return what explains that the record is on one side only, or None."""
    for parent in family.parents(record):
        key = key_of(parent)
        if key in lonely or (key in changed and _explains(changed[key], record)):
            return key
    return None


def _root(key: Key, leaders: Mapping[Key, Key | None]) -> Key:
    leader = leaders.get(key)
    return key if leader is None else _root(leader, leaders)


def _explains(cause: Difference, record: Record) -> bool:
    """Tell whether the parent's difference is why the record is on one side only."""
    match cause.expected, record:
        case Constraint(), Index():
            return cause.attribute("definition") is not None
        case Column(), Sequence(identity_column=True):
            return cause.attribute("identity_column") is not None
        case View() | MaterializedView(), Column():
            return cause.attribute("definition") is not None
        case _:
            return False


def folded(changed: Mapping[Key, Difference], family: Family) -> Iterator[Difference]:
    """Yield the differences between objects that both have, without what follows from a parent's difference.

    Args:
        changed: Those differences, by the expected keys.
        family: The ties within the expected side.
    """
    kept = {}
    hidden: Counter[Key] = Counter()
    for key, difference in changed.items():
        kept[key] = difference
        for cause in _causes(difference, family, changed):
            left = tuple(a for a in kept[key] if not _follows(a, cause, difference))
            if not left:
                hidden[_cause_key(cause)] += 1
            kept[key] = _with(kept[key], left)
    for key, difference in kept.items():
        if difference.attributes:
            yield replace(difference, hidden=difference.hidden + hidden[key])


def _causes(difference: Difference, family: Family, changed: Mapping[Key, Difference]) -> Iterator[Difference]:
    if difference.expected is not None:
        yield from (changed[key_of(p)] for p in family.parents(difference.expected) if key_of(p) in changed)


def _cause_key(cause: Difference) -> Key:
    return (cause.kind, cause.expected.identity if cause.expected is not None else ())


def _with(difference: Difference, attributes: tuple[AttributeDifference, ...]) -> Difference:
    renamed = difference.change is Change.RENAMED and any(a.name == "name" for a in attributes)
    return replace(difference, attributes=attributes, change=Change.RENAMED if renamed else Change.DIFFERS)


def _follows(attribute: AttributeDifference, cause: Difference, difference: Difference) -> bool:
    """Tell whether an attribute differs because the parent does."""
    match cause.expected, difference.expected:
        case Constraint(), Index():
            names = OF_THE_CONSTRAINT if cause.attribute("definition") else frozenset()
            return attribute.name in names or (attribute.name == "name" and cause.change is Change.RENAMED)
        case Column(), Sequence():
            return attribute.name == "identity_column" and cause.attribute("identity_column") is not None
        case Table(), Sequence():
            return attribute.name == "owner" and cause.attribute("owner") is not None
        case Trigger(), Constraint():
            return attribute.name != "comment"
        case View() | MaterializedView(), Column():
            return attribute.name not in OF_THE_COLUMN_ITSELF and cause.attribute("definition") is not None
        case _:
            return cause.kind == difference.kind and attribute in cause.attributes
