"""Objects by name, and the error for a name that is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from pgassay.catalog.record import Identity, one_line, quote_name
from pgassay.catalog.sight import Sight
from pgassay.errors import CatalogError

Found = TypeVar("Found")
Default = TypeVar("Default")
Key = str | Identity

NEAREST = 5  # names that an error offers
KNOWN = 10  # names that it lists where none is near, and a repr


class UnknownNameError(CatalogError, KeyError):
    """Report a name that is not in the catalog, or not there once."""


class Named(Mapping[Key, Found], Generic[Found]):
    """Objects of one kind, by name: `tables["public", "users"]`, `roles["app"]`, `table.columns["email"]`.

    A bare name stands for the one object that is called so, in whatever schema: `tables["users"]`.

    Attributes:
        what: The kind, as an error calls it.

    Args:
        what: The kind.
        found: Identity -> object.
        part: Which part of the identity is the bare name.
        seen: What of such objects could not be read: to ask for one of these raises BlindError.
    """

    def __init__(self, what: str, found: Mapping[Identity, Found], part: int = -1, seen: Sight | None = None) -> None:
        self.what = what
        self._found = found
        self._part = part
        self._seen = seen or Sight(what)
        self._by_name: defaultdict[str, list[Identity]] | None = None  # made when it is asked for

    def __getitem__(self, key: Key) -> Found:
        if isinstance(key, str):
            return self.named(key)
        if key not in self._found:
            raise self._unknown(key)
        return self._found[key]

    def __contains__(self, key: object) -> bool:
        """Tell whether there is such an object; of a bare name, whether there is one in any schema."""
        there = bool(self._called(key)) if isinstance(key, str) else key in self._found
        if not there and isinstance(key, str | tuple):
            self._seen.require(self._name((key,) if isinstance(key, str) else key))
        return there

    @overload
    def get(self, key: Key, default: None = None, /) -> Found | None: ...

    @overload
    def get(self, key: Key, default: Found | Default, /) -> Found | Default: ...

    def get(self, key: Key, default: Any = None, /) -> Any:
        """Return an object, or the default where there is none; a bare name of several is an error all the same."""
        if key not in self:
            return default
        return self[key]

    def __iter__(self) -> Iterator[Key]:
        return (identity[0] if len(identity) == 1 else identity for identity in self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        listed = f": {_listed(self._found)}" if self._found else ""
        return one_line(f"<{len(self)} of kind {self.what}{listed}>")

    def records(self) -> Iterator[tuple[Identity, Found]]:
        """Return identities, always as tuples, and objects."""
        return iter(self._found.items())

    def named(self, name: str, *, schema: str | None = None) -> Found:
        """Return the one object of this name, in whatever schema; or in the given one."""
        if schema is not None:
            return self[schema, name]
        matches = self._called(name)
        if len(matches) > 1:
            raise UnknownNameError(
                f'more than one {self.what} is called "{name}"', hint=f"say which: {', '.join(map(_written, matches))}"
            )
        if not matches:
            raise self._unknown((name,))
        return self._found[matches[0]]

    def overloaded(self, name: str, wanted: Mapping[str, str | None]) -> Found:
        """Return the one object of a name that several may have.

        Args:
            name: Its bare name.
            wanted: What else its identity says, in order, the schema first; None where it does not matter.
        """
        called = [each for each in self._found.values() if _is(each, {"name": name, "schema": wanted["schema"]})]
        matches = [each for each in called if _is(each, wanted)]
        if len(matches) == 1:
            return matches[0]
        if not called:
            schema = wanted["schema"]
            self._seen.require((name,) if schema is None else (schema, name))
            raise unknown(self.what, (name,), {identity[:2]: each for identity, each in self._found.items()})
        raise _one_of_several(self.what, name, wanted, matches=matches, called=called)

    def names(self, *, schema: str | None = None) -> frozenset[str]:
        """Return the bare names of all, or of those in one schema."""
        return frozenset(one[self._part] for one in self._found if schema is None or one[0] == schema)

    def _unknown(self, identity: Identity) -> UnknownNameError:
        """Make the error for a name that is not there; what could not be read may well be."""
        self._seen.require(self._name(identity))
        return unknown(self.what, identity, self._found)

    def _name(self, identity: Identity) -> Identity:
        """Return an identity without what tells namesakes apart."""
        return identity[: self._part + 1] if self._part >= 0 else identity

    def _called(self, name: str) -> list[Identity]:
        if (name,) in self._found:
            return [(name,)]
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for identity in filter(None, self._found):  # the database has none
                self._by_name[identity[self._part]].append(identity)
        return self._by_name.get(name, [])


def _is(thing: object, wanted: Mapping[str, str | None]) -> bool:
    return all(value in {None, getattr(thing, part)} for part, value in wanted.items())


def _one_of_several(
    what: str, name: str, wanted: Mapping[str, str | None], *, matches: list[Any], called: list[Any]
) -> UnknownNameError:
    """Make the error for a name that does not say which object is meant, or of which none is as wanted."""
    *parts, last = wanted
    labels = ", ".join(each.label for each in matches or called)
    if matches:
        return UnknownNameError(
            f'more than one {what} is called "{name}"', hint=f"say which {', '.join(parts)} and {last}: {labels}"
        )
    given = ", ".join(value for part, value in wanted.items() if part != "schema" and value is not None)
    said = " and ".join([*parts[1:], last])
    return UnknownNameError(f'no {what} called "{name}" has the {said} ({given})', hint=f"there are: {labels}")


def unknown(what: str, identity: Identity, known: Mapping[Identity, object]) -> UnknownNameError:
    """Make the error for a name that is not there."""
    name = f'"{identity[0]}"' if len(identity) == 1 else _written(identity)
    message = f"there is no {what} {name}"
    if not known:
        return UnknownNameError(message, hint=f"there is no {what} at all")
    if whole := _meant(identity, known):
        return UnknownNameError(message, hint=f"a name is given in parts: {' or '.join(map(_key, whole))}")
    if near := _near(identity, known):
        return UnknownNameError(message, hint=f"near it: {', '.join(near)}")
    return UnknownNameError(message, hint=f"there are: {_listed(known)}")


def _listed(identities: Collection[Identity]) -> str:
    names = [_written(one) for one in islice(identities, KNOWN)]
    return ", ".join([*names, *([f"and {len(identities) - KNOWN} more"] if len(identities) > KNOWN else [])])


def _meant(identity: Identity, known: Mapping[Identity, object]) -> list[Identity]:
    """Return what a name in one part stands for: `"public.users"`, or the last part alone."""
    if len(identity) > 1:
        return []
    dotted = tuple(identity[0].split("."))
    return [dotted] if dotted in known else [one for one in known if one[-1:] == identity][:NEAREST]


def _near(identity: Identity, known: Mapping[Identity, object]) -> list[str]:
    """Return the nearest names, by their last part first; in capitals or not."""
    near: dict[str, None] = {}
    for wanted, name_of in ((identity[-1], lambda one: one[-1]), (_written(identity), _written)):
        names = defaultdict[str, list[str]](list)
        for one in known:
            names[name_of(one).casefold()].append(_written(one))
        for name in get_close_matches(wanted.casefold(), names, NEAREST):
            near |= dict.fromkeys(names[name])
    return list(near)[:NEAREST]


def _key(identity: Identity) -> str:
    return f"[{', '.join(map(_quoted, identity))}]"


def _quoted(part: str) -> str:
    return f'"{part}"'


def _written(identity: Identity) -> str:
    return ".".join(quote_name(part) if part else '""' for part in identity)
