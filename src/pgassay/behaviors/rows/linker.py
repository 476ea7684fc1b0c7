"""Giving a row its parents: found, made on the way, or the row itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from pgassay.behaviors.rows.draft import Draft, generated
from pgassay.behaviors.rows.errors import RowsError, ways
from pgassay.behaviors.rows.oracle import Oracle
from pgassay.behaviors.rows.parents import Key, find_parent
from pgassay.behaviors.rows.shape import ForeignKey
from pgassay.behaviors.scene import Relation
from pgassay.catalog.record import Identity, quote_name

Stack = tuple[Draft, ...]
"""The rows that are being made, each for the sake of the one before."""

MakeParent = Callable[[Identity, Mapping[str, str | None], Sequence[str], Stack], Sequence[str | None]]
"""Makes a row of a table with some columns' texts, and returns the texts of others."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Decides a draft's foreign keys.

    Attributes:
        oracle: Asks the server.
        make_parent: Makes a row for another one's sake.
    """

    oracle: Oracle
    make_parent: MakeParent

    def link(self, draft: Draft, stack: Stack, *, linked: bool) -> None:
        """Decide every foreign key of a draft.

        Args:
            draft: The row.
            stack: The rows for whose sake it is made.
            linked: Whether rows that are there may be referred to; else each parent is made.

        Raises:
            RowsError: A parent cannot be made.
        """
        fresh = draft.fresh_keys()
        for key in draft.shape.foreign_keys:
            undecided = draft.undecided(key)
            decided = {name: draft.texts.get(name) for name in key.columns if name in draft.values}
            decided |= {name: generated(self.oracle, draft, name) for name in draft.generated(key)}
            if None in decided.values():
                draft.decide(dict.fromkeys(undecided) if key.full else {})
            elif undecided:
                found = self.parent(draft, key, decided, stack, linked=linked, unused=key.name in fresh)
                draft.decide({name: found[name] for name in undecided})
            elif not draft.given.issuperset(key.columns):
                self.ensure(draft, key, decided, stack)
        draft.finish()

    def parent(self, draft: Draft, key: ForeignKey, decided: Key, stack: Stack, *, linked: bool, unused: bool) -> Key:
        """Return the texts of a foreign key's columns."""
        undecided = draft.undecided(key)
        if linked:
            there = self.find(draft, key, decided, unused=unused)
            # What is not there is not made for what may be NULL, unless a CHECK may have asked for it.
            if there or (draft.nullable(undecided) and not draft.checked(undecided)):
                return there or dict.fromkeys(key.columns)
        if key.parent == draft.shape.table.identity:
            return self.own_key(draft, key)
        pending = [other for other in stack if other.shape.table.identity == key.parent]
        if not pending:
            return self.made(draft, key, decided, stack)
        if draft.nullable(undecided):
            return dict.fromkeys(key.columns)
        return self.deferred(draft, key, pending[-1])

    def find(self, draft: Draft, key: ForeignKey, decided: Key, *, unused: bool) -> dict[str, str | None] | None:
        """Return a row that is there."""
        child, place = draft.shape.relation, draft.shape.siblings(key).index(key)
        return find_parent(self.oracle, child, key, decided, number=draft.number + place, unused=unused)

    def own_key(self, draft: Draft, key: ForeignKey) -> Key:
        """Return the row's own key, or NULL where that may be."""
        if draft.nullable(draft.undecided(key)):
            return dict.fromkeys(key.columns)
        same = {
            name: draft.choice[name].make(draft.number) for name in draft.undecided(key) if key.columns[name] == name
        }
        draft.decide(same)
        undecided = draft.undecided(key)
        referenced = [name for name in key.columns.values() if name not in undecided]
        own = dict(zip(referenced, draft.reserve(self.oracle, referenced), strict=True))
        return {**same, **{name: own.get(other) for name, other in key.columns.items() if name not in same}}

    def made(self, draft: Draft, key: ForeignKey, decided: Key, stack: Stack) -> Key:
        """Make the parent."""
        given = {key.columns[name]: text for name, text in decided.items()}
        try:
            texts = self.make_parent(key.parent, given, list(key.columns.values()), (*stack, draft))
        except RowsError as error:
            message = f"a row of {draft.shape.relation} needs one of {Relation(*key.parent)}: {error.message}"
            raise RowsError(message, hint=error.hint, sqlstate=error.sqlstate, constraint=error.constraint) from error
        return dict(zip(key.columns, texts, strict=True))

    def ensure(self, draft: Draft, key: ForeignKey, decided: Key, stack: Stack) -> None:
        """Make the parent of a key that is decided already, unless it is there, or is the row itself."""
        own = [draft.texts.get(name) for name in key.columns.values()]
        itself = key.parent == draft.shape.table.identity and own == list(decided.values())
        if not itself and self.find(draft, key, decided, unused=False) is None:
            self.made(draft, key, decided, stack)

    def deferred(self, draft: Draft, key: ForeignKey, ancestor: Draft) -> Key:
        """Refer to a row that comes later, where the foreign key waits for the transaction's end."""
        if not key.deferrable:
            raise RowsError(
                f"a row of {draft.shape.relation} could not be made: foreign key {quote_name(key.name)} and others "
                f"lead in a circle back to {ancestor.shape.relation}, none of them may be NULL or is DEFERRABLE: "
                f"neither table can have a first row",
                hint=ways(draft.shape.relation, next(iter(key.columns))),
                constraint=key.name,
            )
        if not key.deferred:
            name = sql.Identifier(draft.shape.table.schema, key.name)
            self.oracle.connection.execute(sql.SQL("SET CONSTRAINTS {} DEFERRED").format(name))
        return dict(zip(key.columns, ancestor.reserve(self.oracle, list(key.columns.values())), strict=True))
