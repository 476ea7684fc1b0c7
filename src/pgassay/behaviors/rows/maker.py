"""Making rows: numbers, values, parents, and what the server says to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.rows import RowFactory as RowsAs
from psycopg.rows import tuple_row

from pgassay.behaviors.rows.candidate import Source
from pgassay.behaviors.rows.chooser import Choice, Chooser
from pgassay.behaviors.rows.draft import Draft, Wish
from pgassay.behaviors.rows.errors import RowsError, refused
from pgassay.behaviors.rows.given import texts_of, wrapped
from pgassay.behaviors.rows.lenient import read_leniently
from pgassay.behaviors.rows.linker import Linker, Stack
from pgassay.behaviors.rows.oracle import Oracle, identifier
from pgassay.behaviors.rows.partitions import partition_check
from pgassay.behaviors.rows.pools import Pools
from pgassay.behaviors.rows.settings import candidates_of
from pgassay.behaviors.rows.shape import Shape, Shapes
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Identity
from pgassay.contract.rows import RowsOfTable

ATTEMPTS = 12  # at a row whose fresh values are taken; each goes further ahead, the last by some thousands
TRIALS = 400  # of other values, where a trigger refuses those that every constraint lets pass
_TAKEN = (errors.UniqueViolation, errors.ExclusionViolation)
_FIRST = 10_000  # a seed other than 0 begins below
# What a trigger says, or makes the server say, of a value: its own RAISE, a cast that fails, a NULL that it leaves.
_OPINIONS = (errors.RaiseException, errors.DataError, errors.NotNullViolation, errors.CheckViolation)

_INSERT = sql.SQL("INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values}) RETURNING {returning}")
_EMPTY = sql.SQL("INSERT INTO {table} DEFAULT VALUES RETURNING {returning}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an INSERT gives back.

    Attributes:
        returning: The columns.
        rows_as: How the row is put together.
    """

    returning: sql.Composable
    rows_as: RowsAs[Any]


class Maker:
    """Makes rows of the tables of one database.

    Args:
        connection: To it.
        catalog: Its catalog.
        seed: Where the numbers begin.
        settings: What `[rows]` gives.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], catalog: Catalog, seed: int, settings: Iterable[RowsOfTable]
    ) -> None:
        self.connection = connection
        self.oracle = Oracle(connection)
        self.pools = Pools(catalog, self.oracle, seed)
        self.shapes = Shapes(catalog)
        self.chooser = Chooser(self.oracle, self.pools, seed)
        self.linker = Linker(self.oracle, self._parent)
        self.settings = candidates_of(catalog, self.oracle, settings)
        self._first = Random(seed).randrange(1, _FIRST) if seed else 1  # noqa: S311 - repeatable on purpose
        self._next: dict[Identity, int] = {}
        self._shapes: dict[Identity, Shape] = {}
        self._hopeless: set[Identity] = set()
        self._mends = (self.chooser.doubt, self._turn)  # of a row that a CHECK does not let pass

    def shape(self, identity: Identity) -> Shape:
        """Return a table's shape, with the condition of its partitions where it has such."""
        if identity not in self._shapes:
            shape = self.shapes.of(identity)
            if shape.table.partition_key is not None:
                children = [self.shapes.of(child) for child in self.shapes.children(identity)]
                shape = replace(shape, checks=(*shape.checks, partition_check(self.oracle, shape, children)))
            self._shapes[identity] = shape
        return self._shapes[identity]

    def wish(self, shape: Shape, values: Mapping[str, Any], stack: Stack = (), *, linked: bool = False) -> Wish:
        """Return what is wanted, by a caller and by the settings.

        Raises:
            RowsError: A value is for a column that is not there, or is generated.
        """
        stored = wrapped(shape, self.pools, values)
        given = {**self.settings.get(shape.table.identity, {}), **texts_of(self.oracle, stored)}
        return Wish(shape=shape, values=stored, given=given, stack=stack, linked=linked)

    def row(self, wish: Wish, answer: Answer) -> Any:
        """Store one row, its parents before it, and return what the server says that it stored.

        Raises:
            RowsError: No values were found, or the server refuses them.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self.stored(self.choice(wish), wish, answer)
            except psycopg.Error as error:
                if self.may_repeat(wish.shape, error, attempt):
                    # Rows that are there may be what a CHECK does not like: parents of its own may be better.
                    linked = wish.linked and not isinstance(error, errors.CheckViolation)
                    wish = replace(wish, shape=self.shape(wish.shape.table.identity), linked=linked)
                    continue
                return self._tried(wish, answer, error)
        raise AssertionError  # the last attempt may not be repeated

    def choice(self, wish: Wish) -> Choice:
        """Choose the candidates for the next row."""
        return self.chooser.choose(wish.shape, wish.given, self._number(wish.shape), linked=wish.linked)

    def draft(self, wish: Wish, choice: Choice) -> Draft:
        """Decide a row's values, and make its parents."""
        number = self._number(wish.shape)
        self._next[wish.shape.table.identity] += 1
        draft = Draft.begin(wish.shape, number, choice, wish.values)
        self.linker.link(draft, wish.stack, linked=wish.linked)
        return draft

    def drafts(self, shape: Shape, count: int, values: Mapping[str, Any]) -> Iterator[Draft]:
        """Decide the values of many rows that share what parents they can."""
        wish = self.wish(shape, values)
        choice = self.choice(wish) if count else {}
        for place in range(count):
            draft = self.draft(wish, choice)
            yield draft
            if not place:
                wish = self.wish(shape, {**_shared(draft), **values})
            # What has served the first one serves all, unless each needs another choice.
            choice = self.choice(wish) if self.chooser.doubts(shape) else {**choice, **wish.given}

    def may_repeat(self, shape: Shape, error: psycopg.Error, attempt: int) -> bool:
        """Tell whether other values may do, and go on to them: these are taken, or no longer satisfy a CHECK."""
        if attempt == ATTEMPTS - 1 or self.connection.closed:
            return False
        if isinstance(error, errors.CheckViolation) and attempt < len(self._mends):
            self._mends[attempt](shape)
            return True
        self._next[shape.table.identity] = self._number(shape) + 2**attempt - 1
        return isinstance(error, _TAKEN)

    def _turn(self, shape: Shape) -> None:
        """Make a row's parents in the other order: of two from one table the second one is the later one."""
        keys = list(reversed(shape.foreign_keys))
        keys.sort(key=lambda key: -len(key.columns))
        self._shapes[shape.table.identity] = replace(shape, foreign_keys=tuple(keys))
        self.chooser.forget(shape)

    def is_opinion(self, error: psycopg.Error) -> bool:
        """Tell whether an error may be a trigger's opinion of a value."""
        return isinstance(error, _OPINIONS) and not self.connection.closed

    def try_out(self, wish: Wish) -> None:
        """Find out what triggers let pass, and store nothing.

        Raises:
            RowsError: Nothing is known that they let pass.
        """
        with self.connection.transaction(force_rollback=True):
            self.row(wish, Answer(sql.SQL("1"), tuple_row))

    def _number(self, shape: Shape) -> int:
        return self._next.setdefault(shape.table.identity, self._first)

    def _tried(self, wish: Wish, answer: Answer, error: psycopg.Error) -> Any:
        """Store a row with another value in one column, where what was refused may be a trigger's opinion of it."""
        identity = wish.shape.table.identity
        if self.is_opinion(error) and identity not in self._hopeless:
            before = self.choice(wish)
            others = self.chooser.others(wish.shape, wish.given, before, linked=wish.linked)
            for other in islice(others, TRIALS):
                try:
                    found = self.stored(other, wish, answer)
                except (psycopg.Error, RowsError):
                    continue
                self.chooser.adopt(other, instead=before)
                return found
            self._hopeless.add(identity)  # or each of its children would try it all again
        raise refused(wish.shape.relation, error) from error

    def stored(self, choice: Choice, wish: Wish, answer: Answer) -> Any:
        """Store one row of these values, and of no others.

        Raises:
            RowsError: A parent cannot be made, or nothing is stored.
            Error: The server refuses the row, and its parents are gone, too.
        """
        with self.connection.transaction():
            return self._store(self.draft(wish, choice), answer)

    def _store(self, draft: Draft, answer: Answer) -> Any:
        table, columns = identifier(*draft.shape.table.identity), list(draft.values)
        query = (_INSERT if columns else _EMPTY).format(
            table=table,
            columns=sql.SQL(", ").join(map(identifier, columns)),
            values=sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
            returning=answer.returning,
        )
        with self.connection.cursor(row_factory=answer.rows_as) as cursor:
            read_leniently(cursor)
            stored = cursor.execute(query, list(draft.values.values())).fetchone()
        if stored is None:
            raise RowsError(
                f"a row of {draft.shape.relation} could not be made: the server took it and stored nothing",
                hint="a BEFORE trigger that returns NULL, or a rule, does that: give the values that it lets pass",
            )
        return stored

    def _parent(
        self, identity: Identity, given: Mapping[str, str | None], wanted: Sequence[str], stack: Stack
    ) -> Sequence[str | None]:
        returning = sql.SQL(", ").join(sql.SQL("{}::text").format(identifier(name)) for name in wanted)
        wish = self.wish(self.shape(identity), given, stack)
        texts: Sequence[str | None] = self.row(wish, Answer(returning, tuple_row))
        return texts


def _shared(first: Draft) -> dict[str, Any]:
    """Return the keys of the first row's parents that others may have as well."""
    fresh = first.fresh_keys()
    keys = [key for key in first.shape.foreign_keys if key.parent != first.shape.table.identity]
    own = {name for key in keys if key.name in fresh for name in key.columns}
    shared = {name for key in keys for name in key.columns} - own - first.given
    return {name: first.texts[name] for name in shared if first.choice[name].source is Source.PARENT}


@contextmanager
def whole(connection: psycopg.Connection[Any], shape: Shape) -> Iterator[None]:
    """Make all that happens inside one transaction, or part of the one that is open.

    Raises:
        RowsError: The server refuses at the end, for what was deferred.
    """
    try:
        with connection.transaction():
            yield
    except psycopg.Error as error:
        raise refused(shape.relation, error) from error
