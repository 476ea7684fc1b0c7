"""A row that is being made: what is decided of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from pgassay.behaviors.rows.candidate import Candidate, Source
from pgassay.behaviors.rows.oracle import Oracle, identifier, written
from pgassay.behaviors.rows.shape import ForeignKey, Shape
from pgassay.behaviors.rows.text import names

_NEXT_OF_IDENTITY = sql.SQL("SELECT nextval(pg_get_serial_sequence(%s, %s)::regclass)::text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What row is wanted.

    Attributes:
        shape: Its table.
        values: What the caller gives, as the driver takes it.
        given: What is decided, by the caller and by the settings.
        stack: The rows for whose sake it is made.
        linked: Whether it may refer to rows that are there; else each parent is made.
    """

    shape: Shape
    values: Mapping[str, Any]
    given: Mapping[str, Candidate]
    stack: tuple[Draft, ...] = ()
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A row in the making.

    Attributes:
        shape: Its table.
        number: The row's number.
        choice: The candidate of each column.
        values: Column -> what is stored, for the columns that are decided; a default is not among them.
        texts: The same as texts, for foreign keys.
        given: The columns that the caller has decided.
    """

    shape: Shape
    number: int
    choice: Mapping[str, Candidate]
    values: dict[str, Any]
    texts: dict[str, str | None] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    @classmethod
    def begin(cls, shape: Shape, number: int, choice: Mapping[str, Candidate], values: Mapping[str, Any]) -> Draft:
        """Begin with what needs no other row."""
        alone = {Source.VALUE, Source.NULL}
        texts = {name: candidate.make(number) for name, candidate in choice.items() if candidate.source in alone}
        return cls(shape, number, choice, {**texts, **values}, texts, frozenset(values))

    def decide(self, texts: Mapping[str, str | None]) -> None:
        """Take texts for columns."""
        self.values.update(texts)
        self.texts.update(texts)

    def generated(self, key: ForeignKey) -> list[str]:
        """Return the foreign key's columns that the server makes from others."""
        return [name for name in key.columns if self.shape.columns[name].generated]

    def undecided(self, key: ForeignKey) -> list[str]:
        """Return the foreign key's columns that its parent decides."""
        return [name for name in key.columns if name not in self.values and name in self.choice]

    def nullable(self, columns: list[str]) -> bool:
        """Tell whether columns may be NULL."""
        return bool(columns) and not any(self.shape.columns[name].not_null for name in columns)

    def checked(self, columns: list[str]) -> bool:
        """Tell whether a CHECK speaks of one of some columns."""
        return any(check.columns & set(columns) for check in self.shape.checks)

    def fresh_keys(self) -> frozenset[str]:
        """Return the names of the foreign keys that need a parent of their own: nothing else is fresh in some key."""
        found = set()
        for key in self.shape.keys:
            if not any(self.choice[name].fresh for name in key.columns if name in self.choice):
                own = (f.name for f in self.shape.foreign_keys if key.columns & set(f.columns) - self.given)
                found.update(list(own)[-1:])  # so that the later ones are those that grow: first < second
        return frozenset(found)

    def reserve(self, oracle: Oracle, columns: list[str]) -> list[str | None]:
        """Return the texts of columns, deciding now what a default would have given later."""
        for name in columns:
            if name not in self.texts:
                self.decide({name: self._default(oracle, name)})
        return [self.texts[name] for name in columns]

    def _default(self, oracle: Oracle, name: str) -> str | None:
        column = self.shape.columns[name]
        if column.identity_column:
            ((text,),) = oracle.values(_NEXT_OF_IDENTITY, [str(self.shape.relation), name])
        elif column.default:
            ((text,),) = oracle.values(sql.SQL("SELECT ({})::text").format(written(column.default)))
        else:
            text = self.choice[name].make(self.number)
        return None if text is None else str(text)

    def finish(self) -> None:
        """Decide what no parent has decided, because its foreign key is NULL in part."""
        for name, candidate in self.choice.items():
            if candidate.source is Source.PARENT and name not in self.values:
                self.decide({name: candidate.make(self.number)})


def generated(oracle: Oracle, draft: Draft, name: str) -> str | None:
    """Return the text of a generated column, from what is decided so far."""
    column = draft.shape.columns[name]
    sources = {n: c for n, c in draft.shape.writable.items() if n in names(column.default or "")}
    made_from = (sql.SQL("%s::{} AS {}").format(written(c.type), identifier(n)) for n, c in sources.items())
    row = sql.SQL("(SELECT {}) AS {}").format(sql.SQL(", ").join(made_from), identifier(draft.shape.table.name))
    query = sql.SQL("SELECT ({})::text FROM {}").format(written(column.default or "NULL"), row)
    ((text,),) = oracle.values(query, [draft.texts.get(source) for source in sources])
    return None if text is None else str(text)
