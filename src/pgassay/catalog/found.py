"""What was read of one kind: records, and rows whose text is still to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.deparsing import Refusal, Texts, Wanted
from pgassay.catalog.kind import Deparse, Kind, Row
from pgassay.catalog.record import Record

CHANGED = "it changed while it was read"
AGAIN = "read again while nothing alters the schema"


@dataclass(slots=True)
class Found:
    """What was read of a kind.

    Attributes:
        kind: The kind.
        records: Objects that are complete.
        homes: Where each of them is at home, 0 for a kind that is read all together.
        pending: Rows whose text is still to be written.
        blind: What could not be read, with its home.
    """

    kind: Kind
    records: list[Record] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    pending: list[Row] = field(default_factory=list)
    blind: list[tuple[int, BlindSpot]] = field(default_factory=list)

    @classmethod
    def of(cls, kind: Kind, slices: Iterable[Sequence[Row]]) -> Found:
        """Make records of the rows that need no text, which come some at a time."""
        found = cls(kind)
        for rows in slices:
            found._take(rows)
        return found

    def _take(self, rows: Sequence[Row]) -> None:
        if self.kind.blind:
            self.blind += [(_home(self.kind, row), spot) for row in rows if (spot := self.kind.blind(row)) is not None]
        if self.kind.deparse:
            pending = [row for row in rows if row["deparse"]]
            self.pending += pending
            rows = [row for row in rows if not row["deparse"]] if pending else rows
            _fill(rows, self.kind.deparse)
        self._add(rows)

    def wanted(self) -> Iterator[Wanted]:
        """Yield the objects whose text is still to be written."""
        return (Wanted(self.kind, row["oid"]) for row in self.pending)

    def complete(self, texts: Texts) -> None:
        """Make records of the other rows, too; where a text could not be had, it is a blind spot."""
        if self.kind.deparse and self.pending:
            _fill(self.pending, self.kind.deparse)
            self._add(list(self._with_texts(self.kind.deparse, texts)))
            self.pending = []

    def _add(self, rows: Sequence[Row]) -> None:
        self.records += self.kind.records_of(rows)
        self.homes += [row["home"] for row in rows] if self.kind.home else [0] * len(rows)

    def _with_texts(self, later: Deparse, texts: Texts) -> Iterator[Row]:
        for row in self.pending:
            text = texts.get(Wanted(self.kind, row["oid"]))
            if isinstance(text, Refusal):
                self._miss(row, f"{text.reason} [{text.sqlstate}]", text.mend)
            elif text is None or any(name in text and text[name] is None for name in later.required):
                self._miss(row, CHANGED, AGAIN)
            else:
                row.update(text)
                yield row

    def _miss(self, row: Row, reason: str, mend: str) -> None:
        texts = self.kind.deparse.columns if self.kind.deparse else ()
        label = self.kind.record_of({**row, **dict.fromkeys(texts, "")}).label
        self.blind.append((_home(self.kind, row), BlindSpot(label, reason, mend)))


def _home(kind: Kind, row: Row) -> int:
    home: int = row["home"] if kind.home else 0
    return home


def _fill(rows: Sequence[Row], later: Deparse) -> None:
    """Give rows the columns that are read afterwards, where their query does not have them."""
    lacking = dict.fromkeys(name for name in later.columns if rows and name not in rows[0])
    for row in rows if lacking else ():
        row.update(lacking)
