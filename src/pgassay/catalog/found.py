"""What was read of one kind: records, and rows whose text is still to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.deparsing import Refusal, Texts, Wanted
from pgassay.catalog.kind import Deparse, Kind, Row
from pgassay.catalog.record import SORT_KEY, Identity, Record, identity_of

CHANGED = "it changed while it was read"
AGAIN = "read again while nothing alters the schema"


@dataclass(slots=True)
class Found:
    """What was read of a kind.

    Attributes:
        kind: The kind.
        records: Objects by identity, in the order that catalogs have. Those whose text is still to be written are at
            their place, without it.
        homes: Where each of them is at home, in the same order; 0 for a kind that is read all together.
        pending: Rows whose text is still to be written, by identity.
        blind: What could not be read, with its home.
    """

    kind: Kind
    records: dict[Identity, Record] = field(default_factory=dict)
    homes: list[int] = field(default_factory=list)
    pending: dict[Identity, Row] = field(default_factory=dict)
    blind: list[tuple[int, BlindSpot]] = field(default_factory=list)

    @classmethod
    def of(cls, kind: Kind, slices: Iterable[Sequence[Row]]) -> Found:
        """Make records of rows, which come some at a time; while they are put in order, the server reads the next."""
        found = cls(kind)
        records: list[Record] = []
        homes: list[int] = []
        for rows in slices:
            records += found._made(rows)
            homes += [row["home"] for row in rows] if kind.home else [0] * len(rows)
        found._arrange(records, homes)
        return found

    def wanted(self) -> Iterator[Wanted]:
        """Yield the objects whose text is still to be written."""
        return (Wanted(self.kind, row["oid"]) for row in self.pending.values())

    def complete(self, texts: Texts) -> None:
        """Have the other records made with their text, too; where it could not be had, there is a blind spot."""
        if self.kind.deparse and self.pending:
            rows = dict(self._with_texts(self.kind.deparse, texts))
            self.records.update(zip(rows, self.kind.records_of(list(rows.values())), strict=True))
            self.pending = {}

    def _made(self, rows: Sequence[Row]) -> list[Record]:
        if self.kind.blind:
            self.blind += [(_home(self.kind, row), spot) for row in rows if (spot := self.kind.blind(row)) is not None]
        if not self.kind.deparse:
            return list(self.kind.records_of(rows))
        _fill(rows, self.kind.deparse)
        records = list(self.kind.records_of(rows))
        self.pending |= {record.identity: row for record, row in zip(records, rows, strict=True) if row["deparse"]}
        return records

    def _arrange(self, records: Sequence[Record], homes: Sequence[int]) -> None:
        identities = list(map(identity_of(self.kind.record.IDENTITY), records))
        keys = list(map(SORT_KEY, identities))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.records = {identities[n]: records[n] for n in order}
        self.homes = [homes[n] for n in order]

    def _with_texts(self, later: Deparse, texts: Texts) -> Iterator[tuple[Identity, Row]]:
        for identity, row in self.pending.items():
            text = texts.get(Wanted(self.kind, row["oid"]))
            if isinstance(text, Refusal):
                self._miss(identity, row, f"{text.reason} [{text.sqlstate}]", text.mend)
            elif text is None or any(name in text and text[name] is None for name in later.required):
                self._miss(identity, row, CHANGED, AGAIN)
            else:
                row.update(text)
                yield identity, row

    def _miss(self, identity: Identity, row: Row, reason: str, mend: str) -> None:
        del self.homes[list(self.records).index(identity)]
        record = self.records.pop(identity)
        self.blind.append((_home(self.kind, row), BlindSpot(record.label, reason, mend)))


def _home(kind: Kind, row: Row) -> int:
    home: int = row["home"] if kind.home else 0
    return home


def _fill(rows: Sequence[Row], later: Deparse) -> None:
    """Give rows the columns that are read afterwards: no text for now, or what their query says, where it says it."""
    nothing = dict.fromkeys(later.columns, "")
    lacking = dict.fromkeys(name for name in later.columns if rows and name not in rows[0])
    for row in rows:
        row.update(nothing if row["deparse"] else lacking)
