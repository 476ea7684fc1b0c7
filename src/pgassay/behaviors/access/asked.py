"""What `[[access]]` entries speak of: the cells of the matrix that each one is about, and what they allow in all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pgassay.behaviors.access.cells import Key
from pgassay.behaviors.access.declared import Declared, on_column
from pgassay.behaviors.access.objects import find_objects
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import whole
from pgassay.catalog.grantable import COLUMN_PRIVILEGES, privileges_on
from pgassay.catalog.record import PUBLIC, Record, RoleName, quote_name
from pgassay.contract.behavior import AccessBehavior, Privileges, Rows
from pgassay.contract.behavior.access import ALL, NEWEST

On = tuple[Record, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry on what is there.

    Attributes:
        entry: The entry.
        on: Its objects, each with every action that there is on what is meant of it.
        can: What it says that roles can do.
        cannot: What it says that they cannot.
        named: What of both it says by the action's own name, and not by ALL.
    """

    entry: AccessBehavior
    on: Sequence[On]
    can: frozenset[Key]
    cannot: frozenset[Key]
    named: frozenset[Key]

    @property
    def closed(self) -> bool:
        """Whether nobody can do anything beyond."""
        return isinstance(self.entry.expect, Privileges) and self.entry.expect.nobody_else


def ask(entry: AccessBehavior, declared: Declared) -> Asked:
    """Look up what an entry is on.

    Raises:
        MissingError: An object or a column is not there; the nearest names are given.
        ContractError: A role is not there, or there is no such action on an object.
    """
    objects = find_objects(declared.catalog, entry.on)
    meant = [(record, columns, actions_on(declared, record, columns)) for record, columns in objects]
    expect = entry.expect
    can, cannot = (expect.can, expect.cannot) if isinstance(expect, Privileges) else (_needed(expect), {})
    key = "as" if isinstance(expect, Rows) else "can"
    for role in can:
        require_role(entry, declared.catalog, role, key=key)
    for role in cannot:
        require_role(entry, declared.catalog, role, key="cannot")
    named = [*_keys(entry, _without_all(can), meant, key=key), *_keys(entry, _without_all(cannot), meant, key="cannot")]
    return Asked(
        entry,
        [(record, actions) for record, _, actions in meant],
        frozenset(_keys(entry, can, meant, key=key)),
        frozenset(_keys(entry, cannot, meant, key="cannot")),
        frozenset(named),
    )


def _without_all(said: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {role: tuple(word for word in words if word != ALL) for role, words in said.items()}


def actions_on(declared: Declared, record: Record, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the actions that there are on an object, or on those of its columns that are meant."""
    if not columns:
        return declared.actions(record)
    return tuple(on_column(action, name) for action in sorted(COLUMN_PRIVILEGES) for name in columns)


def _needed(rows: Rows) -> Mapping[str, tuple[str, ...]]:
    """Say what a role needs to see and change the rows that it must."""
    said = {"SELECT": rows.sees, "UPDATE": rows.updates, "DELETE": rows.deletes}
    return {rows.role: tuple(action for action, condition in said.items() if condition)}


Meant = Sequence[tuple[Record, tuple[str, ...], tuple[str, ...]]]


def _keys(entry: AccessBehavior, said: Mapping[str, tuple[str, ...]], meant: Meant, *, key: str) -> Iterator[Key]:
    for role, words in said.items():
        for record, columns, actions in meant:
            for word in words:
                known = sorted(COLUMN_PRIVILEGES) if columns else privileges_on(record.KIND, NEWEST)
                if word not in {*known, ALL}:
                    what = f"a column of {record.label}" if columns else record.label
                    raise entry.untriable(key, f"there is no {word} on {what}", hint=f"there are: {', '.join(known)}")
                yield from ((RoleName(role), record.label, one) for one in _meant(word, columns, actions))


def _meant(word: str, columns: Sequence[str], actions: Sequence[str]) -> Iterator[str]:
    """Yield the actions that a word stands for on an object; what only a later major has is none on this one."""
    if word == ALL:
        yield from actions
        return
    yield from (action for action in actions if (whole(action) == word if columns else action == word))


def require_role(entry: AccessBehavior, catalog: Catalog, role: str, *, key: str) -> None:
    """Make sure that there is a role, or that everybody is meant, where a key of an entry names it.

    Raises:
        ContractError: There is none; the nearest ones are named.
    """
    known = [identity[0] for identity in catalog.records.get("role", {})]
    if role in known or role == PUBLIC:
        return
    near = get_close_matches(role, [*known, PUBLIC], n=3) or sorted(known)
    there = ", ".join(map(quote_name, near))
    raise entry.untriable(key, f"there is no role {quote_name(role)}", hint=f"near it: {there}")


def merged(asked: Iterable[Asked]) -> list[On]:
    """Return each object once, with all actions that some entry is about."""
    found: dict[str, tuple[Record, dict[str, None]]] = {}
    for one in asked:
        for record, actions in one.on:
            found.setdefault(record.label, (record, {}))[1].update(dict.fromkeys(actions))
    return [(record, list(actions)) for record, actions in found.values()]


def allowed(asked: Iterable[Asked]) -> frozenset[Key]:
    """Return what entries say in all that roles can do."""
    return frozenset(key for one in asked for key in one.can)


def is_allowed(allowed_keys: frozenset[Key], role: RoleName, label: str, action: str) -> bool:
    """Tell whether an action is allowed: to the role or to everybody, on the whole or on the column."""
    return any((who, label, what) in allowed_keys for who in (role, PUBLIC) for what in (action, whole(action)))
