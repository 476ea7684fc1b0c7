"""Candidates for a column's type, whatever it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from pgassay.behaviors.rows.builtin import NUMBERS, RANGES, TIMES, builtin
from pgassay.behaviors.rows.candidate import NULL, Candidate, Pool, constant, cycle, fresh
from pgassay.behaviors.rows.mined import array, mined, quoted
from pgassay.behaviors.rows.oracle import Oracle, Stage
from pgassay.behaviors.rows.type_name import take_apart
from pgassay.behaviors.rows.wider import wider
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.record import Record, quote_name

SAMPLES = (0, 1, 2, 10, 100, 1_000)  # how far from a row's number a candidate should still serve
# True of whatever is read. A condition that never looks at the value would let pass what cannot be read.
_READ = "pg_catalog.pg_column_size(value) > 0"
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
        seed: What hypothesis comes up with for a domain depends on it.
    """

    catalog: Catalog
    oracle: Oracle
    seed: int = 0
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

    def suggested(self, type_: str, conditions: Iterable[str]) -> Pool:
        """Return what conditions suggest for a type, as far as it reads that and its domains let it pass."""
        return self.satisfying(type_, self._suggested(self.base(type_), tuple(conditions)))

    def satisfying(self, type_: str, pool: Pool) -> Pool:
        """Return the candidates whose values a type without a domain's name reads, and its domains let pass."""
        always, sometimes = self._sifted(type_, pool)
        return (*always, *sometimes)

    def _sifted(self, type_: str, pool: Pool) -> tuple[Pool, Pool]:
        """Return the candidates that serve every number, and those that serve the first one."""
        conditions = self.conditions(type_)
        texts = [candidate.make(1 + step) for candidate in pool for step in SAMPLES]
        stage = Stage(name="value", types={"value": self.base(type_)}, generated={})
        verdicts = self.oracle.judge(stage, [(text,) for text in texts], conditions or [_READ])
        passed = [row != () and all(row) for row in verdicts]
        each = len(SAMPLES)
        always = tuple(c for i, c in enumerate(pool) if all(passed[i * each : (i + 1) * each]))
        return always, tuple(c for i, c in enumerate(pool) if c not in always and passed[i * each])

    def _suggested(self, type_: str, conditions: tuple[str, ...]) -> Pool:
        match self._known.get(type_):
            case CompositeType(fields=fields):
                return tuple(self._composites([(part.name, part.type) for part in fields], conditions))
            case _:
                return mined(conditions, type_)

    def _candidates(self, type_: str, word: str) -> Pool:
        known = self._known.get(type_)
        return self._built_in(type_, word) if known is None else self._made_here(known, type_, word)

    def _made_here(self, known: Record, type_: str, word: str) -> Pool:
        pool: Pool = ()
        match known:
            case Domain() as domain:
                pool = self._domain(domain, type_, word)
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

    def _domain(self, domain: Domain, type_: str, word: str) -> Pool:
        suggested = self._suggested(self.base(type_), tuple(self.conditions(type_)))
        always, sometimes = self._sifted(type_, (*self.of(domain.type, word), *suggested))
        return (*(always or self.satisfying(type_, wider(self.base(type_), self.seed))), *sometimes)

    def _composite(self, fields: list[tuple[str, str]]) -> Pool:
        return (_composed([self._first(type_, name) for name, type_ in fields]),)

    def _composites(self, fields: list[tuple[str, str]], conditions: tuple[str, ...]) -> Iterator[Candidate]:
        """Yield composites with one field that conditions suggest."""
        firsts = [self._first(type_, name) for name, type_ in fields]
        for place, (name, type_) in enumerate(fields):
            for candidate in (*self.of(type_, name)[1:], *self._suggested(self.base(type_), conditions)):
                yield _composed([*firsts[:place], candidate, *firsts[place + 1 :]])

    def _first(self, type_: str, word: str) -> Candidate:
        return next(iter(self.of(type_, word)), NULL)

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
        shapes = ["[{0},{1})"] if ordered else []
        shapes += ["[{0},{0}]", "[{0},)", "(,{0})"] if pool else []
        wrapped = "{{{{{}}}}}" if multirange else "{}"
        made = [fresh(partial(_ranged, wrapped.format(shape), pool[:2])) for shape in shapes]
        return (*made, constant("{}" if multirange else "empty"))


def _composed(fields: list[Candidate]) -> Candidate:
    def make(n: int) -> str:
        texts = [candidate.make(n) for candidate in fields]
        return "(" + ",".join("" if text is None else quoted(text) for text in texts) + ")"

    return Candidate(make, fresh=any(candidate.fresh for candidate in fields))


def _array(candidate: Candidate, size: int, n: int) -> str:
    return array(candidate.make(n + step) for step in range(size))


def _ranged(form: str, bounds: list[Candidate], n: int) -> str:
    return form.format(*(quoted(bound.make(n) or "") for bound in bounds))
