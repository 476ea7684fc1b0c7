"""Which objects have to be read again after some rows have changed: when in doubt, all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain

from pgassay.catalog.incremental.changes import ROLES, Entry, Key, Look
from pgassay.catalog.incremental.dependants import Place
from pgassay.catalog.incremental.state import TOGETHER, State
from pgassay.catalog.incremental.watched import ALL, FEW, WITH_INITDBS, Watched
from pgassay.catalog.kind import Kind
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.kinds.extension_dependences import EXTENSION_DEPENDENCES
from pgassay.catalog.kinds.security_labels import SECURITY_LABELS

NAME_ANYTHING = (EXTENSION_DEPENDENCES, SECURITY_LABELS)
"""Kinds that name objects of any sort, without a dependence that would lead to them."""

FIRST_OF_USERS = 16384
"""FirstNormalObjectId in transam.h."""

Gone = Mapping[Watched, Mapping[Key, Entry]]
Object = tuple[int, int]
"""The oid of a catalog, and an object's there."""


@dataclass(frozen=True, slots=True)
class Written:
    """A row that was written since a state.

    Attributes:
        watched: The watched catalog.
        entry: The row.
        old: What is known of it; None where it is new, or has no key by which it would be known.
    """

    watched: Watched
    entry: Entry
    old: Entry | None

    @property
    def object(self) -> Object:
        """The object that the row is of."""
        return self.entry.classid, self.entry.object

    @property
    def makes(self) -> bool:
        """Whether the object is new."""
        return bool(self.watched.key) and self.old is None

    @property
    def renames(self) -> bool:
        """Whether what others name the object by has changed, or may have."""
        return self.watched.name is not None and (self.old is None or self.old.name != self.entry.name)


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a state.

    Attributes:
        written: Rows that are new, or newly written.
        gone: Watched catalog -> rows that are no more.
        states: Other catalogs of which some row has changed.
    """

    written: Sequence[Written]
    gone: Gone
    states: frozenset[str]

    @property
    def lost(self) -> list[Entry]:
        """Every row that is no more."""
        return list(chain.from_iterable(gone.values() for gone in self.gone.values()))

    @property
    def may_be_unread(self) -> bool:
        """Whether there may be more or less of what is not read, but counted."""
        replaced = (one.old for one in self.written if one.old is not None)
        rows = (*(one.entry for one in self.written), *replaced, *self.lost)
        return bool(self.states) or any(entry.counted for entry in rows)

    def of_others(self) -> list[Written]:
        """Return the rows of objects that were there before: of what is new, nothing old can hold the name."""
        made = {one.object for one in self.written if one.makes}
        return [one for one in self.written if one.object not in made]


def changes(state: State, look: Look, gone: Gone) -> Changes | None:
    """Tell what has changed; None where that says too little, and all has to be read again."""
    if any(look.names.get(oid, name) != name for oid, name in state.names.items()):
        return None  # a schema or a role has another name, which is written everywhere
    states = {name for name, now in look.states.items() if state.states.get(name) != now}
    if any(name in ALL for name in states) or _initdbs(look):
        return None
    written = [Written(w, e, state.known[w].get(k)) for w, found in look.entries.items() for k, e in found]
    return Changes(written, gone, frozenset(states))


def _initdbs(look: Look) -> bool:
    """Tell whether a row of initdb's own objects is new."""
    mine = (entries for watched, entries in look.entries.items() if watched.catalog in WITH_INITDBS)
    return any(entry.object < FIRST_OF_USERS for entries in mine for _, entry in entries)


def plan(state: State, found: Changes, reached: Iterable[Place], major: int) -> Mapping[Kind, Set[int]] | None:
    """Tell which kinds have to be read again at which homes; None where all has to be."""
    places, catalogs = {*reached, *_places(state, found)}, {one.watched.catalog for one in found.written}
    if any(place.home == TOGETHER and place.catalog not in FEW for place in places):
        return None
    wanted: dict[Kind, set[int]] = defaultdict(set)
    for place in places:
        for kind in readers(major, place.catalog):
            if kind.home is None and place.catalog in FEW:
                wanted[kind].add(TOGETHER)
            elif kind.home is not None and (kind.home.rows in catalogs or state.is_at_home(kind, place.home)):
                wanted[kind].add(place.home)
    for kind in KINDS:
        if kind.home is None and (_reads_any(kind, major, found.states) or _names_any(state, kind)):
            wanted[kind].add(TOGETHER)
    return wanted


def _places(state: State, found: Changes) -> Iterable[Place]:
    for entry in (*(one.entry for one in found.written), *found.lost):
        yield Place(state.catalogs[entry.classid], entry.home)


def _names_any(state: State, kind: Kind) -> bool:
    return kind in NAME_ANYTHING and state.is_at_home(kind, TOGETHER)


def _reads_any(kind: Kind, major: int, catalogs: Iterable[str]) -> bool:
    return any(kind in readers(major, catalog) for catalog in catalogs)


@cache
def readers(major: int, catalog: str) -> tuple[Kind, ...]:
    """Return the kinds whose queries read a system catalog."""
    return tuple(kind for kind in KINDS if catalog in catalogs_of(kind, major))


# Functions that read a catalog which the query itself does not name.
_BY_FUNCTION = {"shobj_description": "pg_shdescription", "obj_description": "pg_description", ROLES: ROLES}


@cache
def catalogs_of(kind: Kind, major: int) -> frozenset[str]:
    """Return the system catalogs that a kind's queries name, or that the functions in them read."""
    texts = [kind.statement(major).as_string(None)]
    texts += [kind.deparse.query.as_string(None)] if kind.deparse else []
    words = frozenset(re.findall(r"\w+", " ".join(texts)))
    return words | {_BY_FUNCTION[word] for word in words if word in _BY_FUNCTION}
