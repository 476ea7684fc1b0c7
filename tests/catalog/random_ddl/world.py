"""The objects that there are, and sentences about them.

A form is SQL with places: `{table}` is some table that there is, the same one wherever it occurs in the sentence,
`{other table}` another one; `{new table}` one to be made, `{old table}` one that goes, `{renamed table}` a new name for
it. `.bare` is the name without the schema, `.on` the table of a trigger or the like. `{type}` and other words of the
grammar stand for any of their alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from pgassay.catalog.sqltext import quote_name

ODD = ("1", " Two", ".3", '"4"', "🐘5", "'é")
"""What the name of a kind is followed by."""

SCHEMA = "schema"
ON = {"trigger": "table", "policy": "table", "rule": "table", "constraint": "table", "index": "table"}
"""Kinds whose objects are put on those of another, which is chosen first."""

NAMED = {
    "operator": ("===", "!==", "<->"),
    "extension": ("citext", "hstore"),
    "access method": ("heap2",),
    "language": ("pl2",),
    "large object": ("1001", "42001"),
    "cast": ("(int4range AS int)", "(point AS text)"),
}
"""Kinds whose objects are called so, and not by odd names."""

WITHOUT_SCHEMA = frozenset(
    {
        *NAMED,
        SCHEMA,
        "trigger",
        "policy",
        "rule",
        "constraint",
        "publication",
        "subscription",
        "event trigger",
        "wrapper",
        "server",
    }
) - {"operator"}
_PLACE = re.compile(r"\{(?:(new|old|other|renamed) )?([a-z_ ]+?)(?:\.(on|bare))?\}")

T = TypeVar("T")
Grammar = Mapping[str, Sequence[str]]


class Choose(Protocol):
    """Takes one of several things."""

    def __call__(self, choices: Sequence[T], /) -> T: ...


def forms(text: str) -> tuple[str, ...]:
    """Cut a text into forms, which end with a semicolon at the end of a line."""
    return tuple(" ".join(form.split()) for form in text.split(";\n"))


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: its kind, its name without the schema, the schema, and what it is on, all as SQL writes them."""

    kind: str
    bare: str
    schema: str = ""
    on: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.bare}" if self.schema else self.bare


@dataclass(slots=True)
class World:
    """The objects that there are."""

    grammar: Grammar
    things: list[Thing] = field(default_factory=lambda: [Thing(SCHEMA, "public")])

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind == kind]

    def can_say(self, form: str) -> bool:
        """Tell whether there is what the form is about."""
        return all(self._has(how, word) for how, word, _ in _PLACE.findall(form))

    def _has(self, how: str, word: str) -> bool:
        if word in self.grammar or how == "renamed":
            return True
        if how == "new" and word in NAMED:
            return len(self.of(word)) < len(NAMED[word])
        if how == "new":
            return word not in ON or bool(self.of(ON[word]))
        return len(self.of(word)) > (how == "other")

    def say(self, form: str, choose: Choose) -> Sentence:
        """Make a sentence of a form; nothing has become of it yet."""
        sentence = Sentence(self, choose)
        sentence.text = sentence.expand(form)
        return sentence


@dataclass(slots=True)
class Sentence:
    """A statement, and what becomes of the world where PostgreSQL takes it."""

    world: World
    choose: Choose
    text: str = ""
    chosen: dict[str, Thing] = field(default_factory=dict)
    made: list[Thing] = field(default_factory=list)
    gone: list[Thing] = field(default_factory=list)

    def expand(self, form: str) -> str:
        return _PLACE.sub(self._fill, form)

    def happened(self) -> None:
        """Say so to the world: what has gone or has another name takes along what was on it."""
        for thing, successor in zip(self.gone, [*self.made, None], strict=False):
            self.world.things.remove(thing)
            kept = [t for t in self.world.things if t.on != str(thing)]
            moved = [replace(t, on=str(successor)) for t in self.world.things if t.on == str(thing)]
            told = [t for t in kept if thing.kind != SCHEMA or t.schema != str(thing)]
            self.world.things[:] = [*told, *(moved if successor else [])]
        self.world.things.extend(self.made)

    def _fill(self, match: re.Match[str]) -> str:
        how, word, part = match.groups()
        if word in self.world.grammar:
            forms = [form for form in self.world.grammar[word] if self.world.can_say(form)]
            return self.expand(self.choose(forms))
        thing = self._thing(how, word)
        return str(getattr(thing, part)) if part else str(thing)

    def _thing(self, how: str | None, word: str) -> Thing:
        key = f"{how} {word}" if how in {"new", "other", "renamed"} else word
        if key not in self.chosen:
            self.chosen[key] = {"new": self._new, "renamed": self._renamed, "other": self._other}.get(
                how or "", self._known
            )(word)
        if how == "old" and self.chosen[key] not in self.gone:
            self.gone.append(self.chosen[key])
        return self.chosen[key]

    def _known(self, word: str) -> Thing:
        return self.choose(self.world.of(word))

    def _other(self, word: str) -> Thing:
        return self.choose([thing for thing in self.world.of(word) if thing != self._thing(None, word)])

    def _new(self, word: str) -> Thing:
        on = self._thing(None, ON[word]) if word in ON else None
        schema = str(on.schema if on else self._thing(None, SCHEMA)) if word not in WITHOUT_SCHEMA else ""
        return self._make(Thing(word, "", schema, str(on or "")))

    def _renamed(self, word: str) -> Thing:
        return self._make(self._thing("old", word))

    def _make(self, like: Thing) -> Thing:
        taken = {(t.schema, t.bare, t.on) for t in self.world.of(like.kind)}
        names = NAMED.get(like.kind) or [quote_name(f"{like.kind[:1]}{like.kind[-1:]}{odd}") for odd in ODD]
        free = [replace(like, bare=name) for name in names if (like.schema, name, like.on) not in taken]
        made = self.choose(free or [replace(like, bare=quote_name(f"{like.kind} {len(self.world.things)}"))])
        self.made.append(made)
        return made
