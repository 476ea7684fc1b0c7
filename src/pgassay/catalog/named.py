"""Objects by name, and the error for a name that is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pgassay.catalog.record import Identity, quote_name
from pgassay.errors import CatalogError

Found = TypeVar("Found")
Key = str | Identity

NEAREST = 5  # names that an error offers
KNOWN = 10  # names that it lists where none is near


class UnknownNameError(CatalogError, KeyError):
    """Report a name that is not in the catalog, or not there once."""


class Named(Mapping[Key, Found], Generic[Found]):
    """Objects of one kind, by name: `tables["public", "users"]`, `roles["app"]`, `table.columns["email"]`.

    Args:
        what: The kind, as an error calls it.
        found: Identity -> object.
    """

    def __init__(self, what: str, found: Mapping[Identity, Found]) -> None:
        self._what = what
        self._found = found

    def __getitem__(self, key: Key) -> Found:
        identity = (key,) if isinstance(key, str) else key
        if identity not in self._found:
            raise unknown(self._what, identity, self._found)
        return self._found[identity]

    def __iter__(self) -> Iterator[Key]:
        return (identity[0] if len(identity) == 1 else identity for identity in self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<{len(self)} of kind {self._what}: {', '.join(map(_written, self._found))}>"

    def records(self) -> Iterator[tuple[Identity, Found]]:
        """Return identities, always as tuples, and objects."""
        return iter(self._found.items())

    def named(self, name: str, *, schema: str | None = None) -> Found:
        """Return the one object of this name, in whatever schema; or in the given one."""
        if schema is not None:
            return self[schema, name]
        matches = [identity for identity in self._found if identity[-1] == name]
        if len(matches) > 1:
            raise UnknownNameError(
                f'more than one {self._what} is called "{name}"',
                hint=f"say which schema: {', '.join(map(_written, matches))}",
            )
        if not matches:
            raise unknown(self._what, (name,), self._found)
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
            raise unknown(self._what, (name,), {identity[:2]: each for identity, each in self._found.items()})
        raise _one_of_several(self._what, name, wanted, matches=matches, called=called)


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
    names = [_written(one) for one in known]
    more = f", and {len(names) - KNOWN} more" if len(names) > KNOWN else ""
    return UnknownNameError(message, hint=f"there are: {', '.join(names[:KNOWN])}{more}")


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
