"""What is known of a database between two reads."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import itemgetter

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.found import Found
from pgassay.catalog.incremental.changes import Entry, Key, Look
from pgassay.catalog.incremental.watched import Watched
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Identity, Record

TOGETHER = 0
"""The home of objects that are read all together."""


@dataclass(slots=True)
class State:
    """What is known of a database.

    Attributes:
        moment: The snapshot that it is of, as `pg_current_snapshot` writes it.
        catalogs: Oid -> name of each system catalog.
        known: Watched catalog -> the keys of all its rows.
        states: Catalog -> a text that becomes another one as soon as a row changes.
        names: (`schema` or `role`, oid) -> name.
        records: Kind -> home -> records.
        blind: Kind -> home -> what could not be read.
        unread: What is not read at all.
        catalog: All of it.
        settled: Whether all of it is of that moment: texts are written later.
    """

    moment: str
    catalogs: Mapping[int, str]
    known: dict[Watched, dict[Key, Entry]] = field(default_factory=lambda: defaultdict(dict))
    states: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[tuple[str, int], str] = field(default_factory=dict)
    records: dict[Kind, dict[int, list[Record]]] = field(default_factory=lambda: defaultdict(dict))
    blind: dict[Kind, dict[int, list[BlindSpot]]] = field(default_factory=lambda: defaultdict(dict))
    unread: Sequence[BlindSpot] = ()
    catalog: Catalog = field(default_factory=lambda: Catalog(0, {}))
    settled: bool = False

    @property
    def mark(self) -> str:
        """The oldest transaction whose rows may be new to whoever has seen this moment."""
        return str(int(self.moment.partition(":")[0]) % 2**32)

    def learn(self, look: Look) -> None:
        """Take over what a look showed, but for what has gone."""
        for watched, entries in look.entries.items():
            if watched.key:
                self.known[watched].update(entries)
        self.states, self.names = look.states, look.names

    def expected(self, watched: Watched, look: Look) -> int:
        """Return how many rows a catalog has where none has gone."""
        known = self.known[watched]
        return len(known) + sum(key not in known for key, _ in look.entries[watched])

    def without(self, watched: Watched, keys: Set[Key]) -> dict[Key, Entry]:
        """Return what is known of a catalog's rows but for those with these keys."""
        known = self.known[watched]
        return {key: known[key] for key in known.keys() - keys}

    def forget(self, gone: Mapping[Watched, Iterable[Key]]) -> None:
        """Forget rows."""
        for watched, keys in gone.items():
            for key in keys:
                del self.known[watched][key]

    def replace(self, homes: Iterable[int], found: Found) -> list[Record]:
        """Take what was found at some homes of a kind for what was known of them, and return that."""
        mine, spots = self.records[found.kind], self.blind[found.kind]
        old = [record for home in homes for record in mine.pop(home, ())]
        for home in homes:
            spots.pop(home, None)
        for home, record in zip(found.homes, found.records.values(), strict=True):
            mine.setdefault(home, []).append(record)
        for home, spot in found.blind:
            spots.setdefault(home, []).append(spot)
        return old

    def is_at_home(self, kind: Kind, home: int) -> bool:
        """Tell whether an object of this kind is known at a home, read or not."""
        return home in self.records[kind] or home in self.blind[kind]

    def with_blind(self, homes: Mapping[Kind, Set[int]]) -> dict[Kind, Set[int]]:
        """Return these homes and those of what could not be read."""
        blind = {kind: found.keys() for kind, found in self.blind.items() if found}
        return {kind: homes.get(kind, set()) | blind.get(kind, set()) for kind in homes.keys() | blind.keys()}

    def blind_spots(self) -> Iterator[BlindSpot]:
        """Yield all that could not be read."""
        yield from self.unread
        for by_home in self.blind.values():
            for spots in by_home.values():
                yield from spots


def catalog_with(catalog: Catalog, old: Iterable[Record], new: Iterable[Record], blind: Iterable[BlindSpot]) -> Catalog:
    """Return a catalog with some records in place of others; kinds of which none changes are shared."""
    gone, come = _by_kind(old), _by_kind(new)
    records = dict(catalog.records)
    for kind in gone.keys() | come.keys():
        records[kind] = _with(catalog.records.get(kind, {}), gone[kind].keys(), come[kind])
    ordered = {kind: found for kind, found in sorted(records.items()) if found}
    return Catalog(catalog.major, ordered, tuple(sorted(blind)), catalog.deparsed_by)


def _by_kind(records: Iterable[Record]) -> defaultdict[str, dict[Identity, Record]]:
    found: defaultdict[str, dict[Identity, Record]] = defaultdict(dict)
    for record in records:
        found[record.KIND][record.identity] = record
    return found


def _with(
    before: Mapping[Identity, Record], gone: Iterable[Identity], come: Mapping[Identity, Record]
) -> Mapping[Identity, Record]:
    """Return sorted records with others, sorted: to sort tens of thousands for one of them takes too long."""
    records = dict(before)
    for identity in gone:
        if identity not in come:
            records.pop(identity, None)
    added = sorted(come.keys() - records.keys())
    records.update((identity, record) for identity, record in come.items() if identity in records)
    if not added:
        return records
    items = list(records.items())
    for identity in added:
        insort(items, (identity, come[identity]), key=itemgetter(0))
    return dict(items)
