"""Choosing candidates that satisfy a table's CHECKs together: a bounded search that the server judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from math import prod
from random import Random

from pgassay.behaviors.rows.candidate import Candidate, Pool, Source, constant, in_turn, later
from pgassay.behaviors.rows.errors import RowsError, ways
from pgassay.behaviors.rows.offers import Offering, Offers
from pgassay.behaviors.rows.oracle import Oracle
from pgassay.behaviors.rows.pools import SAMPLES, Pools
from pgassay.behaviors.rows.shape import Check, Key, Shape
from pgassay.behaviors.rows.wider import wider

LIMIT = 4_000  # combinations that are tried for what belongs together
MANY = 500  # values of a column that are combined with those of others
AHEAD = 50  # numbers that are looked at where this one's value does not do
_TAKEN = 20  # of those that serve one number, so many are tried on others

Choice = Mapping[str, Candidate]


class Chooser:
    """Chooses, and remembers what it has chosen.

    Args:
        oracle: Judges.
        pools: Knows the types.
        seed: What is tried at random is tried in this order.
    """

    def __init__(self, oracle: Oracle, pools: Pools, seed: int) -> None:
        self.oracle = oracle
        self.pools = pools
        self.seed = seed
        self._offering = Offering(pools, oracle)
        self._chosen: dict[tuple[object, ...], Choice] = {}
        self._doubted: set[object] = set()

    def choose(self, shape: Shape, given: Mapping[str, Candidate], number: int, *, linked: bool) -> Choice:
        """Return a candidate for each column that may be written.

        Args:
            shape: The table.
            given: What is decided. A CHECK that it breaks is left to the server, which says it best.
            number: The row's number.
            linked: Whether a foreign key that may be NULL is rather not.

        Raises:
            RowsError: None was found for some CHECK; its text is shown.
        """
        checked = frozenset[str]().union(*(check.columns for check in shape.checks))
        decided = ((name, candidate.make(number) if name in checked else "") for name, candidate in given.items())
        identity = shape.table.identity
        key = (identity, shape.checks, linked, frozenset(decided), number if identity in self._doubted else 0)
        if key not in self._chosen:
            offers = self._offering.offers(shape, given, linked=linked)
            self._chosen[key] = _Search(self, shape, offers, frozenset(given), number).choice()
        return self._chosen[key]

    def others(self, shape: Shape, given: Mapping[str, Candidate], choice: Choice, *, linked: bool) -> Iterator[Choice]:
        """Yield choices that differ from one in one column, for what only a trial tells: a trigger's opinion."""
        offers = self._offering.offers(shape, given, linked=linked, refused=True)
        free = {n: pool for n, pool in offers.items() if n not in given and choice[n].source is Source.VALUE}
        for place in range(max(map(len, free.values()), default=0)):
            for name, pool in free.items():
                if place < len(pool) and pool[place] is not choice[name]:
                    yield {**choice, name: pool[place]}

    def adopt(self, choice: Choice, instead: Choice) -> None:
        """Choose the one wherever the other was chosen."""
        for key in [key for key, chosen in self._chosen.items() if chosen is instead]:
            self._chosen[*key[:-1], 0] = choice
            self._doubted -= {key[0]}

    def doubt(self, shape: Shape) -> None:
        """Choose anew for each number from now on: what was chosen for a table does not serve them all."""
        self._doubted.add(shape.table.identity)

    def doubts(self, shape: Shape) -> bool:
        """Tell whether each number needs a choice of its own."""
        return shape.table.identity in self._doubted

    def forget(self, shape: Shape) -> None:
        """Choose anew for a table whose shape is another one now."""
        self._chosen = {key: choice for key, choice in self._chosen.items() if key[0] != shape.table.identity}


class _Search:
    """One table's search."""

    def __init__(self, chooser: Chooser, shape: Shape, offers: Offers, given: frozenset[str], number: int) -> None:
        self.chooser = chooser
        self.shape = shape
        self.offers = offers
        self.given = given
        self.number = number
        self.stage = shape.stage(chooser.pools)
        self.chosen = {name: pool[0] for name, pool in offers.items()}
        self.random = Random(f"{chooser.seed} {shape.relation}")  # noqa: S311 - repeatable on purpose

    def choice(self) -> Choice:
        failing = self.failing()
        for place, check in enumerate(failing):
            if place == 0 or check in self.failing():
                self.settle(check, failing[place + 1 :])
        for key in self.shape.keys:
            self.spread(key)
        return self.chosen

    def failing(self) -> list[Check]:
        """Return the checks that the likeliest candidates do not satisfy for every number."""
        checks = self.shape.checks
        verdicts = self.judge([self.chosen], checks, SAMPLES) if checks else []
        return [check for place, check in enumerate(checks) if not all(row and row[place] for row in verdicts)]

    def settle(self, check: Check, waiting: Sequence[Check]) -> None:
        """Choose anew for a check's own columns or, where that does not do, for all that hang together with them.

        Args:
            check: What the choice does not satisfy.
            waiting: What it does not satisfy either, and what is settled later.
        """
        columns, checks = self.together(check)
        near = [other for other in checks if other.columns & check.columns and other not in waiting]
        own, free = self.free(check.columns, near), self.free(columns, checks)
        if self.take(own, near) or self.take(free, checks):
            return
        if self.take(self.widened(own), near) or self.take(self.widened(free), checks):
            return
        if not columns & self.given:
            raise self.unsolved(check)

    def free(self, columns: frozenset[str], checks: Sequence[Check]) -> Mapping[str, Pool]:
        """Return what may be chosen for columns."""
        free = {name: pool for name, pool in self.offers.items() if name in columns and name not in self.given}
        return {name: self.filtered(name, pool, checks) for name, pool in free.items()}

    def together(self, check: Check) -> tuple[frozenset[str], list[Check]]:
        columns, checks = check.columns, [check]
        while more := [c for c in self.shape.checks if c not in checks and c.columns & columns - self.given]:
            checks += more
            columns = columns.union(*(c.columns for c in more))
        return columns & frozenset(self.offers), checks

    def filtered(self, name: str, pool: Pool, checks: Sequence[Check]) -> Pool:
        """Return what satisfies the checks on this column alone."""
        alone = [check for check in checks if check.columns <= {name}]
        if not alone:
            return pool
        verdicts = self.judge([{**self.chosen, name: candidate} for candidate in pool], alone, (0,))
        return tuple(c for c, verdict in zip(pool, verdicts, strict=True) if verdict and all(verdict)) or pool

    def take(self, pools: Mapping[str, Pool], checks: Sequence[Check]) -> bool:
        """Choose the first combination that satisfies all checks, rather for many numbers than for this one."""
        found = [dict(zip(pools, combined, strict=True)) for combined in self.combined(list(pools.values()))]
        if not pools or not found:
            return False
        verdicts = self.judge([{**self.chosen, **choice} for choice in found], checks, (0,))
        fitting = [choice for choice, row in zip(found, verdicts, strict=True) if row and all(row)]
        if not fitting:
            return False
        still = [c for c in fitting[_TAKEN:] if not any(candidate.fresh for candidate in c.values())]
        fitting = [*fitting[:_TAKEN], *still[:_TAKEN]]
        tried = self.judge([{**self.chosen, **choice} for choice in fitting], checks, SAMPLES)
        each = len(SAMPLES)
        lasting = [c for i, c in enumerate(fitting) if all(r and all(r) for r in tried[i * each : (i + 1) * each])]
        best: Choice = min(lasting or fitting, key=self.repeats)
        self.chosen.update(best)
        return True

    def repeats(self, choice: Choice) -> int:
        """Return in how many keys nothing would be fresh any more."""
        chosen = {**self.chosen, **choice}
        return sum(self.is_fresh(key, self.chosen) and not self.is_fresh(key, chosen) for key in self.shape.keys)

    def is_fresh(self, key: Key, choice: Choice) -> bool:
        return any(choice[name].fresh for name in key.columns if name in choice)

    def combined(self, pools: Sequence[Pool]) -> Iterator[tuple[Candidate, ...]]:
        """Yield combinations: all of them, or those that differ in one or two from the likeliest, and some others."""
        if prod(map(len, pools)) <= LIMIT:
            return iter(sorted(product(*pools), key=lambda c: sum(c[i] is not pool[0] for i, pool in enumerate(pools))))
        return islice(self.scattered(pools), LIMIT)

    def scattered(self, pools: Sequence[Pool]) -> Iterator[tuple[Candidate, ...]]:
        first = [pool[0] for pool in pools]
        for one, other in islice(combinations(range(len(pools)), 2), LIMIT // 100):
            for pair in islice(product(pools[one], pools[other]), LIMIT // 20):
                changed = dict(zip((one, other), pair, strict=True))
                yield tuple(changed.get(place, candidate) for place, candidate in enumerate(first))
        while True:
            yield tuple(self.random.choice(pool) for pool in pools)

    def widened(self, pools: Mapping[str, Pool]) -> Mapping[str, Pool]:
        """Return pools with what hypothesis comes up with; FOREIGN KEYs know their values already."""
        free = [name for name in pools if self.offers[name][0].source is not Source.PARENT]
        return {**pools, **{name: (*pools[name], *self.others(name)) for name in free}}

    def others(self, name: str) -> Iterator[Candidate]:
        """Yield what a column gets at later numbers, and what hypothesis comes up with."""
        moving = [c for c in self.offers[name] if c.fresh and c.source is Source.VALUE][:2]
        yield from (later(candidate, step) for step in range(1, AHEAD) for candidate in moving)
        yield from wider(self.stage.types[name], self.chooser.seed)

    def spread(self, key: Key) -> None:
        """Give the columns of a key in which nothing is fresh all combinations of what there is, in turn."""
        columns = [name for name in self.offers if name in key.columns]
        sources = {self.chosen[name].source for name in columns}
        free = [name for name in columns if name not in self.given and self.chosen[name].source is not Source.NULL]
        if self.is_fresh(key, self.chosen) or Source.PARENT in sources or not free:
            return
        turned = {**self.chosen, **dict(zip(free, in_turn([self.values(name) for name in free]), strict=True))}
        verdicts = self.judge([turned], self.shape.checks, SAMPLES)
        if all(row and all(row) for row in verdicts) or not self.shape.checks:
            self.chosen = turned

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a column, as far as they are known, that satisfy the checks on it alone."""
        pool = [candidate for candidate in self.offers[name] if candidate.source is Source.VALUE]
        found = dict.fromkeys(candidate.make(n) for candidate in pool for n in range(1, AHEAD))
        texts = [text for text in found if text is not None][:MANY]
        fitting = self.filtered(name, tuple(map(constant, texts)), self.shape.checks)
        return tuple(filter(None, (candidate.make(1) for candidate in fitting))) or ("",)

    def judge(self, choices: Sequence[Choice], checks: Sequence[Check], steps: Sequence[int]) -> list[tuple[bool, ...]]:
        numbers = [self.number + step for step in steps]
        rows = [[choice[name].make(n) for name in self.stage.types] for choice in choices for n in numbers]
        return self.chooser.oracle.judge(self.stage, rows, [check.condition for check in checks])

    def unsolved(self, check: Check) -> RowsError:
        column = min(check.columns, default="column")
        return RowsError(
            f"a row of {self.shape.relation} could not be made: no values were found for {check.label}",
            hint=ways(self.shape.relation, column),
        )
