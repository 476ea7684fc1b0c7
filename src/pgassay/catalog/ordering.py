"""What must come before what: an object is made after those that it uses, and dropped before them.

Kinds come in the order in which databases are built. Within that, and against it, views, materialized views and
functions say what they use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Change, Difference
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.sequences import Sequence as SequenceRecord
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.parts import of_kinds
from pgassay.catalog.record import Record, quote_name
from pgassay.catalog.selection import schema_of

T = TypeVar("T")
User = View | MaterializedView | Function


def arranged(items: Sequence[T], before: Mapping[int, Collection[int]]) -> list[T]:
    """Return the items in their order, but each after those that must come before it.

    Those of a circle, and what waits for them, come last.

    Args:
        items: What is to be put in order.
        before: Position -> the positions of what must come before.
    """
    waiting = dict.fromkeys(range(len(items)))
    done: dict[int, None] = {}
    while waiting:
        ready = (place for place in waiting if all(other in done for other in before.get(place, ())))
        place = next(ready, next(iter(waiting)))
        done[place] = waiting.pop(place)
    return [items[place] for place in done]


def made_in_order(records: Sequence[Record]) -> list[Record]:
    """Return records so that each comes after those that it uses, else in their order."""
    places = _places((place, [record]) for place, record in enumerate(records))
    return arranged(records, {place: _needed([record], places) - {place} for place, record in enumerate(records)})


def users_of(catalog: Catalog, record: Record) -> list[User]:
    """Return what uses an object, and what uses that in turn, each after what it uses itself."""
    using = [one for one in of_kinds(catalog, View, MaterializedView, Function) if isinstance(one, User) and one.uses]
    names, found = {called(record)}, list[User]()
    while more := [one for one in using if one not in found and not names.isdisjoint(one.uses)]:
        names |= set(map(called, more))
        found += more
    return [one for one in made_in_order(found) if isinstance(one, User)]


def used_by(catalog: Catalog, record: Record) -> list[Record]:
    """Return what an object uses, and what that uses in turn: relations and functions."""
    by_name = {called(one): one for one in of_kinds(catalog, Table, View, MaterializedView, Function)}
    found: dict[str, Record] = {}
    using = [record]
    for user in using:  # grows while it is walked
        new = [name for name in _uses(user) if name in by_name and name not in found]
        found |= {name: by_name[name] for name in new}
        using += (by_name[name] for name in new)
    return list(found.values())


def in_order(differences: Sequence[Difference], unlooked: Iterable[Record], actual: Catalog) -> tuple[Difference, ...]:
    """Return differences in an order in which they can be mended.

    Args:
        differences: Kind by kind in the order in which that is possible.
        unlooked: What is missing together with what it lives under, such as all that is in a missing schema.
        actual: The actual catalog.
    """
    inside = defaultdict[str | None, list[Record]](list)
    for record in unlooked:
        inside[schema_of(record)].append(record)
    wanted = {place: list(_made_by(one, inside)) for place, one in enumerate(differences)}
    found = {place: [one.actual] for place, one in enumerate(differences) if one.actual is not None}
    made, used = _places(wanted.items()), _users(found.items())
    before = {place: _needed(records, made) for place, records in wanted.items()}
    for place, difference in enumerate(differences):
        if difference.change is Change.EXTRA and difference.actual is not None:
            before[place] |= used[called(difference.actual)]
    for place, user in _dropped_with(differences, actual):
        before[user].add(place)
    before = {place: places - {place} for place, places in before.items()}
    return tuple(arranged(differences, before))


def _dropped_with(differences: Sequence[Difference], actual: Catalog) -> Iterator[tuple[int, int]]:
    """Yield where a view's definition is mended, and where one that uses it is: to drop that, the first may have to."""
    places = _places((place, [one.actual]) for place, one in enumerate(differences) if one.actual and one.expected)
    for place, difference in enumerate(differences):
        if isinstance(difference.actual, View | MaterializedView) and difference.attribute("definition"):
            for user in users_of(actual, difference.actual):
                yield from ((place, other) for other in places[called(user)])


def _made_by(difference: Difference, inside: Mapping[str | None, list[Record]]) -> Iterator[Record]:
    """Yield what a mend makes or alters; a missing schema is made with all that is in it."""
    if difference.expected is not None:
        yield difference.expected
    if isinstance(difference.expected, Schema) and difference.change is Change.MISSING:
        yield from inside[difference.expected.schema]


def _places(records: Iterable[tuple[int, Iterable[Record]]]) -> defaultdict[str, set[int]]:
    """Return name -> where what is called so is made."""
    places = defaultdict[str, set[int]](set)
    for place, several in records:
        for record in several:
            places[called(record)].add(place)
    return places


def _users(records: Iterable[tuple[int, Iterable[Record]]]) -> defaultdict[str, set[int]]:
    """Return name -> where what uses it is."""
    places = defaultdict[str, set[int]](set)
    for place, several in records:
        for record in several:
            for name in _uses(record):
                places[name].add(place)
    return places


def _needed(records: Iterable[Record], places: Mapping[str, set[int]]) -> set[int]:
    names = {name for record in records for name in _uses(record)}
    return {place for name in names if name in places for place in places[name]}


def _uses(record: Record) -> tuple[str, ...]:
    return record.uses if isinstance(record, User) else ()


def called(record: Record) -> str:
    """Return what `uses` calls a record; a column is a part of its table, and what nobody uses has no name."""
    match record:
        case Column():
            return f"{quote_name(record.schema)}.{quote_name(record.table)}"
        case Table() | View() | MaterializedView() | SequenceRecord():
            return f"{quote_name(record.schema)}.{quote_name(record.name)}"
        case Function():
            return f"{quote_name(record.schema)}.{quote_name(record.name)}({record.arguments})"
        case _:
            return ""
