"""Candidates for a column's type, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from pgassay.behaviors.rows.builtin import NUMBERS, RANGES, TIMES, builtin
from pgassay.behaviors.rows.candidate import Candidate, Pool, constant, cycle, fresh
from pgassay.behaviors.rows.mined import array, mined, quoted
from pgassay.behaviors.rows.oracle import Oracle, Stage
from pgassay.behaviors.rows.type_name import take_apart
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.record import Record, quote_name

SAMPLES = (0, 1, 2, 10, 100, 1_000)  # how far from a row's number a candidate should still serve
# What some input function may take of a type that nobody knows.
_GUESSES = ("1", "a", "x1", "{}", "[]", "(0,0)", "0", "POINT(0 0)", "[1,1,1]", "2001-01-01", "a=>1", "true", "$", "")


def _definition(constraint_text: str) -> str:
    return constraint_text.removeprefix("CHECK ").removesuffix(" NO INHERIT")


@dataclass(frozen=True, slots=True)
class Pools:
    """Knows the types of a database.

    Attributes:
        catalog: Its catalog.
        oracle: Its server.
    """

    catalog: Catalog
    oracle: Oracle
    _known: dict[str, Record] = field(default_factory=dict, init=False)
    _made: dict[tuple[str, str], Pool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for kind in (Table, CompositeType, Enum, RangeType, Domain):
            for record in self.catalog.records.get(kind.KIND, {}).values():
                self._known[".".join(map(quote_name, record.identity))] = record
                if isinstance(record, RangeType):
                    self._known[record.multirange] = record

    def domain(self, type_: str) -> Domain | None:
        """Return the domain that a type is, or None."""
        found = self._known.get(type_)
        return found if isinstance(found, Domain) else None

    def base(self, type_: str) -> str:
        """Return what is below a type's domains."""
        while domain := self.domain(type_):
            type_ = domain.type
        return type_

    def nullable(self, type_: str) -> bool:
        """Tell whether a type lets NULL pass, as all do but some domains."""
        domain = self.domain(type_)
        if domain is None:
            return True
        refused = any(check.definition.startswith("NOT NULL") for check in domain.constraints)
        return not domain.not_null and not refused and self.nullable(domain.type)

    def conditions(self, type_: str) -> list[str]:
        """Return the checks of a type's domains, about VALUE."""
        domain = self.domain(type_)
        if domain is None:
            return []
        own = [_definition(check.definition) for check in domain.constraints if check.definition.startswith("CHECK")]
        return [*own, *self.conditions(domain.type)]

    def of(self, type_: str, word: str) -> Pool:
        """Return the candidates for a type; none where nothing is known that it reads.

        Args:
            type_: As `format_type` writes it.
            word: What texts are called after.
        """
        if (type_, word) not in self._made:
            self._made[type_, word] = tuple(self._candidates(type_, word))
        return self._made[type_, word]

    def satisfying(self, type_: str, pool: Pool) -> Pool:
        """Return the candidates whose values a type without a domain's name reads, and its domains let pass."""
        conditions = self.conditions(type_)
        texts = [candidate.make(1 + step) for candidate in pool for step in SAMPLES]
        stage = Stage(name="value", types={"value": self.base(type_)}, generated={})
        verdicts = self.oracle.judge(stage, [(text,) for text in texts], conditions or ["true"])
        passed = [row != () and all(row) for row in verdicts]
        each = len(SAMPLES)
        always = [c for i, c in enumerate(pool) if all(passed[i * each : (i + 1) * each])]
        return (*always, *(c for i, c in enumerate(pool) if c not in always and passed[i * each]))

    def _candidates(self, type_: str, word: str) -> Pool:
        known = self._known.get(type_)
        return self._built_in(type_, word) if known is None else self._made_here(known, type_, word)

    def _made_here(self, known: Record, type_: str, word: str) -> Pool:
        pool: Pool = ()
        match known:
            case Domain() as domain:
                suggested = mined(self.conditions(type_), self.base(type_))
                pool = self.satisfying(type_, (*self.of(domain.type, word), *suggested))
            case Enum(labels=labels) if labels:
                pool = (cycle(labels), *map(constant, labels))
            case CompositeType(fields=fields):
                pool = self._composite([(part.name, part.type) for part in fields])
            case Table() as table:
                pool = self._composite([(c.name, c.type) for c in self._columns(table)])
            case RangeType() as range_:
                pool = self._range(range_.subtype, multirange=type_ == range_.multirange)
        return pool

    def _built_in(self, type_: str, word: str) -> Pool:
        name = take_apart(type_)
        if name.element is not None:
            return tuple(self._arrays(name.element, word))
        if subtype := RANGES.get(name.name.replace("multirange", "range")):
            return self._range(subtype, multirange="multirange" in name.name)
        found = builtin(name, word)
        if found and "." not in name.name:
            return found
        # An extension's type, or one that nobody knows: the server says what it reads.
        return self.satisfying(type_, (*found, *map(constant, _GUESSES)))

    def _columns(self, table: Table) -> list[Column]:
        found = self.catalog.records.get("column", {})
        return [cast(Column, found[*table.identity, name]) for name in table.columns]

    def _composite(self, fields: list[tuple[str, str]]) -> Pool:
        firsts = [next(iter(self.of(type_, name)), constant(None)) for name, type_ in fields]

        def make(n: int) -> str:
            texts = [candidate.make(n) for candidate in firsts]
            return "(" + ",".join("" if text is None else quoted(text) for text in texts) + ")"

        return (Candidate(make, fresh=any(candidate.fresh for candidate in firsts)),)

    def _arrays(self, element: str, word: str) -> Iterator[Candidate]:
        pool = self.of(element, word)[:4]
        for candidate in pool[:1]:
            yield Candidate(partial(_array, candidate, 1), fresh=candidate.fresh)
        yield constant("{}")
        for size in (2, 3):
            yield from (Candidate(partial(_array, candidate, size), fresh=candidate.fresh) for candidate in pool)
        yield from (Candidate(partial(_array, candidate, 1), fresh=candidate.fresh) for candidate in pool[1:])

    def _range(self, subtype: str, *, multirange: bool) -> Pool:
        pool = [candidate for candidate in self.of(subtype, "range") if candidate.fresh]
        ordered = take_apart(self.base(subtype)).name in {*NUMBERS, *TIMES} and len(pool) > 1
        shapes: list[Callable[[int], str]] = []
        if ordered:
            shapes.append(lambda n: f"[{_bound(pool[0], n)},{_bound(pool[1], n)})")
        if pool:
            shapes.append(lambda n: f"[{_bound(pool[0], n)},{_bound(pool[0], n)}]")
        wrapped = "{{{}}}" if multirange else "{}"
        made = [fresh(lambda n, shape=shape: wrapped.format(shape(n))) for shape in shapes]  # type: ignore[misc]
        return (*made, constant(wrapped.format("" if multirange else "empty")))


def _array(candidate: Candidate, size: int, n: int) -> str:
    return array(candidate.make(n + step) for step in range(size))


def _bound(candidate: Candidate, n: int) -> str:
    return quoted(candidate.make(n) or "")
