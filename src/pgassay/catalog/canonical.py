"""A second opinion on text: what PostgreSQL writes is not always one canonical form.

`CHECK (kind IN ('a', 'b'))` on a varchar column is written in one way where it was typed, and in another where that was
dumped and loaded; a third time nothing changes any more. So two texts that differ are given back to a server until they
stay as they are, and compared there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from pgassay.catalog.kinds.indexes import IndexColumn
from pgassay.catalog.kinds.types import DomainConstraint
from pgassay.catalog.probes import PROBES, Probe
from pgassay.catalog.record import Deparsed, Record
from pgassay.target.reading import RENDERING

ROUNDS = 3
"""How often a text is given back: the second time changes what the first did not, the third shows that it stays."""

BEGIN = sql.SQL("BEGIN; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '1s'; {}").format(RENDERING)


class SecondOpinion:
    """Decides whether texts that differ mean the same, by giving them back to a scratch database.

    Args:
        connection: In autocommit, as a role that may create things there, to a scratch database that has the expected
            schema. All that is made is rolled back.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._given: dict[tuple[str, tuple[str, ...], str, int, str], str | None] = {}

    def same(self, expected: Record, actual: Record, attribute: str) -> bool:
        """Tell whether an attribute of both records means the same.

        Text that cannot be given back (it names what the scratch database does not have, say) does not.
        """
        (frame, texts), (other_frame, other_texts) = _taken_apart(expected, attribute), _taken_apart(actual, attribute)
        if (expected.KIND, attribute) not in PROBES or frame != other_frame or len(texts) != len(other_texts):
            return False
        places = enumerate(zip(texts, other_texts, strict=True))
        return all(a == b or self._meet(expected, attribute, place, a, b) for place, (a, b) in places)

    def _meet(self, record: Record, attribute: str, place: int, one: str | None, other: str | None) -> bool:
        """Give both texts back until they are equal, or both stay as they are."""
        for _ in range(ROUNDS):
            if one is None or other is None:
                return False
            again, other_again = (self._given_back(record, attribute, place, text) for text in (one, other))
            if again is not None and again == other_again:
                return True
            if (again, other_again) == (one, other):
                return False
            one, other = again, other_again
        return False

    def _given_back(self, record: Record, attribute: str, place: int, text: str) -> str | None:
        key = (record.KIND, record.identity, attribute, place, text)
        if key not in self._given:
            self._given[key] = self._ask(PROBES[record.KIND, attribute](record, text, place))
        return self._given[key]

    def _ask(self, probe: Probe) -> str | None:
        try:
            with self._rolled_back(), self._connection.cursor(row_factory=scalar_row) as cursor:
                cursor.execute(probe.give, prepare=True)  # the extended protocol takes one statement, not two
                found = cursor.execute(probe.read).fetchone()
                return None if found is None else probe.find(cast("str", found))
        except psycopg.Error:
            return None

    @contextmanager
    def _rolled_back(self) -> Iterator[None]:
        self._connection.execute(BEGIN)
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")


def _taken_apart(record: Record, attribute: str) -> tuple[object, tuple[str | None, ...]]:
    """Return what surrounds the texts of an attribute, and the texts."""
    value = getattr(record, attribute)
    if not isinstance(value, tuple):
        return None, (value,)
    frame = [_without_text(item) for item in value]
    return frame, tuple(map(_text, value))


Item = IndexColumn | DomainConstraint | str
"""What an attribute of several texts holds: each text in a part of its own, or by itself."""


def _text(item: Item) -> str:
    match item:
        case IndexColumn():
            return item.expression
        case DomainConstraint():
            return item.definition
        case _:
            return item


def _without_text(item: Item) -> Item:
    match item:
        case IndexColumn():
            return replace(item, expression=Deparsed(""))
        case DomainConstraint():
            return replace(item, definition=Deparsed(""))
        case _:
            return ""
