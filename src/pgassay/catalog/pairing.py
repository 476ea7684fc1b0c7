"""Which objects of two catalogs are the same: by identity, and by definition where PostgreSQL makes names up."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.equality import equality
from pgassay.catalog.family import Key
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.roles import Membership
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Deparsed, Identity, Record, quote_name
from pgassay.catalog.sqltext import dotted

NOT_THE_SAME_BY: Mapping[str, frozenset[str]] = {
    Constraint.KIND: frozenset({"comment", "validated", "fires"}),
    Index.KIND: frozenset({"comment", "valid", "ready", "live", "clustered", "tablespace"}),
    Sequence.KIND: frozenset({"comment", "owner", "privileges"}),
    StatisticsObject.KIND: frozenset({"comment", "owner", "statistics_target"}),
    Membership.KIND: frozenset({"admin", "inherit", "set"}),
}
"""Kinds whose objects may be the same under another identity, and attributes that do not decide about it."""

REGCLASS = re.compile(r"'((?:[^']|'')+)'::regclass")
"""How a default names its sequence."""

Pair = tuple[Record, Record]


@dataclass(frozen=True, slots=True)
class Pairs:
    """How the objects of two catalogs belong together.

    Attributes:
        same: Expected and actual record of one object, where they are not equal; the actual one names renamed objects
            as is expected.
        missing: Expected records that nothing corresponds to.
        extra: Actual records that nothing corresponds to.
        unknown: Actual records of identities that the expected catalog has not: `extra`, and what is called otherwise.
    """

    same: tuple[Pair, ...]
    missing: tuple[Record, ...]
    extra: tuple[Record, ...]
    unknown: tuple[Record, ...]

    def only(self, wanted: Callable[[Record], bool]) -> Pairs:
        """Return what is wanted of either side; what was called otherwise stays paired."""
        same = tuple(pair for pair in self.same if any(map(wanted, pair)))
        left_over = (tuple(filter(wanted, records)) for records in (self.missing, self.extra, self.unknown))
        return Pairs(same, *left_over)


def pair(expected: Catalog, actual: Catalog) -> Pairs:
    """Pair the objects of two catalogs; what is left over is missing or extra."""
    left, right = unlike(expected, actual)
    unknown = tuple(record for key, record in right.items() if key not in left)
    renamed: dict[Key, Key] = {}
    for kind in (Membership.KIND, Sequence.KIND, Constraint.KIND, Index.KIND, StatisticsObject.KIND):
        while found := _same_definition(kind, left, right, renamed):
            renamed |= found
            spelling = _Spelling(found)
            right = {key: spelling.respell(record) for key, record in right.items()}
    taken = set(renamed.values())
    same = [(record, right[renamed.get(key, key)]) for key, record in left.items() if renamed.get(key, key) in right]
    missing = [record for key, record in left.items() if key not in right and key not in renamed]
    extra = [record for key, record in right.items() if key not in left and key not in taken]
    return Pairs(tuple(same), tuple(missing), tuple(extra), unknown)


def _same_definition(
    kind: str, left: Mapping[Key, Record], right: Mapping[Key, Record], renamed: Mapping[Key, Key]
) -> dict[Key, Key]:
    """Return expected key -> actual key of unpaired objects of one kind that are the same but for their name."""
    candidates: defaultdict[Hashable, list[Key]] = defaultdict(list)
    taken = set(renamed.values())
    for key, record in right.items():
        if key[0] == kind and key not in left and key not in taken:
            candidates[_definition(record)].append(key)
    found = {}
    for key, record in left.items():
        definition = _definition(record) if key[0] == kind and key not in right and key not in renamed else None
        if definition is not None and candidates.get(definition):
            found[key] = candidates[definition].pop(0)
    return found


def _definition(record: Record) -> Hashable:
    """Return what makes an object the same whatever it is called; None where its name was surely chosen."""
    if isinstance(record, Sequence) and record.owned_by is None:
        return None
    ignored = NOT_THE_SAME_BY[record.KIND]
    parent = record.identity[:-1]
    return (parent, *(_hashable(value) for name, value in record.attributes.items() if name not in ignored))


def _hashable(value: Any) -> Hashable:
    """Return a value that compares as the given one does and can be looked up; mappings cannot."""
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    return repr(value) if isinstance(value, tuple) else value


def unlike(expected: Catalog, actual: Catalog) -> tuple[dict[Key, Record], dict[Key, Record]]:
    """Return what of either catalog the other has not, or otherwise: little, where large ones are much alike."""
    left: dict[Key, Record] = {}
    right: dict[Key, Record] = {}
    for kind in {**expected.records, **actual.records}:
        wanted, found = expected.records.get(kind, {}), actual.records.get(kind, {})
        if not _are_equal(wanted, found):
            left |= {(kind, identity): r for identity, r in wanted.items() if found.get(identity) != r}
            right |= {(kind, identity): r for identity, r in found.items() if wanted.get(identity) != r}
    return left, right


def _are_equal(wanted: Mapping[Identity, Record], found: Mapping[Identity, Record]) -> bool:
    """Tell whether all records of one kind are equal, both in their order, which spares looking them up."""
    if wanted is found:  # of one database, read again
        return True
    if not wanted or len(wanted) != len(found):
        return len(wanted) == len(found)
    return all(map(equality(type(next(iter(wanted.values())))), wanted.values(), found.values()))


class _Spelling:
    """Calls renamed objects in what refers to them as is expected, so that a new name is reported once.

    Args:
        renamed: Expected key -> actual key.
    """

    def __init__(self, renamed: Mapping[Key, Key]) -> None:
        self._wanted = {actual: wanted for wanted, actual in renamed.items()}
        self._names = {(kind, dotted(*identity)): wanted for (kind, identity), wanted in self._wanted.items()}

    def respell(self, record: Record) -> Record:
        """Return the record as it would read if nothing had been renamed."""
        match record:
            case Column(default=str(text)) if "::regclass" in text:
                return replace(record, default=Deparsed(REGCLASS.sub(self._sequence, text)))
            case Index() if record.constraint is not None or record.parents:
                return replace(record, constraint=self._constraint(record), parents=self._parents(record.parents))
            case Constraint(parent=str(name)):
                wanted = self._names.get((Constraint.KIND, name))
                return replace(record, parent=dotted(*wanted[1])) if wanted else record
            case Table(replica_identity=str(text)) if text.startswith("index "):
                wanted = self._names.get((Index.KIND, f"{quote_name(record.schema)}.{text.removeprefix('index ')}"))
                return replace(record, replica_identity=f"index {quote_name(wanted[1][-1])}") if wanted else record
            case _:
                return record

    def _sequence(self, match: re.Match[str]) -> str:
        wanted = self._names.get((Sequence.KIND, match[1].replace("''", "'")))
        return f"'{_quoted(wanted[1])}'::regclass" if wanted else match[0]

    def _constraint(self, index: Index) -> str | None:
        if index.constraint is None:
            return None
        wanted = self._wanted.get((Constraint.KIND, (index.schema, index.table, index.constraint)))
        return wanted[1][-1] if wanted else index.constraint

    def _parents(self, names: tuple[str, ...]) -> tuple[str, ...]:
        wanted = (self._names.get((Index.KIND, name)) for name in names)
        return tuple(dotted(*key[1]) if key else name for key, name in zip(wanted, names, strict=True))


def _quoted(identity: Identity) -> str:
    return dotted(*identity).replace("'", "''")
