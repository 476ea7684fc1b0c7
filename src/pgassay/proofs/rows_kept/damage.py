"""What became of the rows of one table between two moments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pgassay.proofs.rows_kept.snapshot import Row, TableRows

Pair = tuple[Row, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What differs between two moments of one table.

    Attributes:
        before: How many rows there were.
        key: The columns of the primary key by which rows were paired; empty where there is none.
        lost: The keys of rows that are gone, of a table without a primary key the whole rows.
        added: The same of rows that were not there.
        emptied: Columns that hold NULL in rows where they held a value -> in how many.
        changed: Columns that hold another value, not NULL -> in how many rows.
    """

    before: int
    key: tuple[str, ...]
    lost: tuple[Row, ...]
    added: tuple[Row, ...]
    emptied: Mapping[str, int]
    changed: Mapping[str, int]


def compare_rows(before: TableRows, after: TableRows) -> Damage:
    """Compare two moments of one table, in the columns that it has at both.

    Rows are paired by the primary key. Where there is none, or another one, those that are equal are paired first, and
    then those that are equal but for the columns whose values as a whole have changed.

    Args:
        before: The earlier moment.
        after: The later one.
    """
    columns = [column for column in before.columns if column in after.columns]
    old, new = before.project(columns), after.project(columns)
    has_key = bool(before.key) and before.key == after.key
    places = [columns.index(column) for column in before.key] if has_key else range(len(columns))
    pairs, lost, added = _pair(old, new, places)
    if not has_key and len(lost) == len(added):
        alike, lost, added = _pair(lost, added, _unchanged(lost, added))
        pairs += alike
    return Damage(
        before=len(old),
        key=before.key if has_key else (),
        lost=tuple(_taken(row, places) for row in lost),
        added=tuple(_taken(row, places) for row in added),
        emptied=_count(columns, pairs, emptied=True),
        changed=_count(columns, pairs, emptied=False),
    )


def _pair(old: Sequence[Row], new: Sequence[Row], places: Sequence[int]) -> tuple[list[Pair], list[Row], list[Row]]:
    """Pair rows that are equal in these places; return the pairs, and on either side what found no partner."""
    waiting: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in new:
        waiting[_taken(row, places)].append(row)
    pairs, lost = [], []
    for row in old:
        partners = waiting[_taken(row, places)]
        if partners:
            pairs.append((row, partners.pop()))
        else:
            lost.append(row)
    return pairs, lost, [row for rows in waiting.values() for row in rows]


def _unchanged(old: Sequence[Row], new: Sequence[Row]) -> list[int]:
    """Return the places that hold the same values as a whole, whichever row they are in."""
    columns = zip(zip(*old, strict=True), zip(*new, strict=True), strict=True)
    return [place for place, (before, after) in enumerate(columns) if Counter(before) == Counter(after)]


def _taken(row: Row, places: Sequence[int]) -> Row:
    return tuple(row[place] for place in places)


def _count(columns: Sequence[str], pairs: Sequence[Pair], *, emptied: bool) -> Mapping[str, int]:
    """Count by column the values that became NULL, or those that became another value."""
    found = Counter(
        column
        for pair in pairs
        for column, before, after in zip(columns, *pair, strict=True)
        if before != after and (after is None) is emptied
    )
    return dict(found)
