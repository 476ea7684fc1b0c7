"""The catalog of one database: records by kind and identity, and what could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.navigation import Navigation
from pgassay.catalog.record import SORT_KEY, Identity, Record, identity_of

__all__ = ["BlindSpot", "Catalog"]


@dataclass(frozen=True, slots=True)
class Catalog(Navigation):
    """Everything that was read from one database, frozen.

    Attributes:
        major: The server's major version.
        records: Kind -> identity -> record, both in sorted order.
        blind: What could not be read.
        deparsed_by: Major version of the server that wrote the `Deparsed` texts.
    """

    major: int
    records: Mapping[str, Mapping[Identity, Record]]
    blind: tuple[BlindSpot, ...] = ()
    deparsed_by: int = field(default=0, compare=False)
    _groups: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, major: int, records: Iterable[Record], blind: Iterable[BlindSpot] = ()) -> Catalog:
        """Make a catalog from loose records, in any order."""
        by_kind: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_kind[record.KIND].append(record)
        return catalog_of(major, (dict(_ordered(found)) for found in by_kind.values()), blind)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was read; what navigation has put together is made again."""
        return Catalog, (self.major, self.records, self.blind, self.deparsed_by)

    def __iter__(self) -> Iterator[Record]:
        for records in self.records.values():
            yield from records.values()

    def __len__(self) -> int:
        return sum(len(records) for records in self.records.values())

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(records)} {kind}" for kind, records in self.records.items())
        blind = f"; {len(self.blind)} not read" if self.blind else ""
        return f"<Catalog of PostgreSQL {self.major}: {counts}{blind}>"


def catalog_of(major: int, kinds: Iterable[Mapping[Identity, Record]], blind: Iterable[BlindSpot] = ()) -> Catalog:
    """Make a catalog from records by identity, of one kind each and in order already."""
    by_kind = {next(iter(records.values())).KIND: records for records in kinds if records}
    return Catalog(major, dict(sorted(by_kind.items())), tuple(sorted(blind)), major)


def _ordered(records: Sequence[Record]) -> Iterable[tuple[Identity, Record]]:
    """Return the records of one kind with their identities, by these."""
    named = zip(map(identity_of(records[0].IDENTITY), records), records, strict=True)
    return sorted(named, key=lambda pair: SORT_KEY(pair[0]))
