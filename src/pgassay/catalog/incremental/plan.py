"""Which objects have to be read again after some rows have changed: when in doubt, all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache

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

COUNTED = {"pg_type", "pg_proc", "pg_description"}
"""Watched catalogs in which there may be what is not read."""

FIRST_OF_USERS = 16384
"""FirstNormalObjectId in transam.h."""

Gone = Mapping[Watched, Mapping[Key, Entry]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a state.

    Attributes:
        new: Watched catalog -> rows that are new, or newly written.
        gone: Watched catalog -> rows that are no more.
        states: Other catalogs of which some row has changed.
    """

    new: Mapping[Watched, list[Entry]]
    gone: Gone
    states: frozenset[str]

    @property
    def catalogs(self) -> frozenset[str]:
        """The watched catalogs that have new rows."""
        return frozenset(watched.catalog for watched, entries in self.new.items() if entries)

    @property
    def may_be_unread(self) -> bool:
        """Whether there may be more or less of what is not read, but counted."""
        touched = {watched.catalog for watched in (*self.new, *(w for w, gone in self.gone.items() if gone))}
        return bool(self.states or touched & COUNTED)

    @property
    def entries(self) -> list[Entry]:
        """Every row that is new."""
        return [entry for entries in self.new.values() for entry in entries]


def changes(state: State, look: Look, gone: Gone) -> Changes | None:
    """Tell what has changed; None where that says too little, and all has to be read again."""
    if any(look.names.get(oid, name) != name for oid, name in state.names.items()):
        return None  # a schema or a role has another name, which is written everywhere
    states = {name for name, now in look.states.items() if state.states.get(name) != now}
    if any(name in ALL for name in states) or _initdbs(look):
        return None
    return Changes({w: [e for _, e in found] for w, found in look.entries.items() if found}, gone, frozenset(states))


def _initdbs(look: Look) -> bool:
    """Tell whether a row of initdb's own objects is new."""
    mine = (entries for watched, entries in look.entries.items() if watched.catalog in WITH_INITDBS)
    return any(entry.object < FIRST_OF_USERS for entries in mine for _, entry in entries)


def renamed(state: State, look: Look) -> list[Entry]:
    """Return the objects that others may have to be written anew for: their names are new, or may be."""
    return [
        entry
        for watched, entries in look.entries.items()
        if watched.name is not None
        for key, entry in entries
        if not watched.key or (old := state.known[watched].get(key)) is None or old.name != entry.name
    ]


def plan(state: State, found: Changes, reached: Iterable[Place], major: int) -> Mapping[Kind, Set[int]] | None:
    """Tell which kinds have to be read again at which homes; None where all has to be."""
    places = {*reached, *_places(state, found)}
    if any(place.home == TOGETHER and place.catalog not in FEW for place in places):
        return None
    wanted: dict[Kind, set[int]] = defaultdict(set)
    for place in places:
        for kind in readers(major, place.catalog):
            if kind.home is None and place.catalog in FEW:
                wanted[kind].add(TOGETHER)
            elif kind.home is not None and (kind.home.rows in found.catalogs or state.is_at_home(kind, place.home)):
                wanted[kind].add(place.home)
    for kind in KINDS:
        if kind.home is None and (_reads_any(kind, major, found.states) or _names_any(state, kind)):
            wanted[kind].add(TOGETHER)
    return wanted


def _places(state: State, found: Changes) -> Iterable[Place]:
    gone = (entry for entries in found.gone.values() for entry in entries.values())
    for entry in (*found.entries, *gone):
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
