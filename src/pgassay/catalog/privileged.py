"""What a privilege is asked about: an object by itself or by name, and a privilege that there is on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pgassay.catalog.effective import Access
from pgassay.catalog.grantable import COLUMN_PRIVILEGES, KINDS
from pgassay.catalog.kinds.cluster import ParameterPrivileges
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.named import Key, UnknownNameError, unknown
from pgassay.catalog.record import Identity, Record
from pgassay.catalog.sight import Sight

_ALIASES = {"TEMP": "TEMPORARY"}


@dataclass(frozen=True, slots=True)
class Privileged:
    """An object, or one column of it.

    Attributes:
        access: Of the catalog that it is in.
        object: The object's record.
        column: The column's name, or None: the whole object.
    """

    access: Access
    object: Record
    column: str | None

    @classmethod
    def find(cls, access: Access, on: Any, *, column: str | None = None, privilege: str | None = None) -> Privileged:
        """Return what is meant.

        Args:
            access: Of the catalog that it is in.
            on: A record or a facade, or a name: `"users"`, `("audit", "users")`.
            column: A column of it.
            privilege: One that there must be on it, which tells a table from a schema of the same name.

        Raises:
            UnknownNameError: There is no such object or column, or more than one.
            BlindError: It could not be read.
        """
        found = getattr(on, "record", on)
        if isinstance(found, str | tuple):
            kinds = [kind for kind in KINDS if privilege is None or privilege in access.on(kind)]
            found = _called(access, found, kinds)
        if isinstance(found, Column):
            return cls(access, _relation_of(access, found), found.name)
        if column is not None and (column,) not in (columns := access.catalog.parts(Column, found.identity)):
            Sight(Column.KIND, access.catalog.blind, found.identity).require((column,))
            raise unknown(f"column of {found.label}", (column,), columns)
        return cls(access, found, column)

    @property
    def privileges(self) -> tuple[str, ...]:
        """Every privilege that there is on it."""
        words = self.access.on(self.object.KIND)
        return words if self.column is None else tuple(word for word in words if word in COLUMN_PRIVILEGES)

    def require(self, privilege: str) -> None:
        """Raise an error that lists those that there are where it is none of them."""
        if privilege not in self.privileges:
            what = self.object.KIND if self.column is None else "column"
            raise _no_privilege(privilege, f"on a {what}", self.privileges)


def privilege_called(access: Access, word: str) -> str:
    """Return a privilege as PostgreSQL writes it."""
    privilege = _ALIASES.get(word.upper(), word.upper())
    known = dict.fromkeys(each for kind in KINDS for each in access.on(kind))
    if privilege not in known:
        raise _no_privilege(word, f"in PostgreSQL {access.catalog.major}", tuple(known))
    return privilege


def _no_privilege(word: str, where: str, known: Sequence[str]) -> UnknownNameError:
    there = f"there are: {', '.join(known)}" if known else "ask about what it belongs to"
    return UnknownNameError(f'there is no privilege "{word}" {where}', hint=there)


def _called(access: Access, name: Key, kinds: Sequence[str]) -> Record:
    identity = (name,) if isinstance(name, str) else name
    if kinds == [ParameterPrivileges.KIND]:
        return _parameter(access, ".".join(identity))
    candidates = [record for kind in kinds for record in access.catalog.records.get(kind, {}).values()]
    found = [record for record in candidates if identity in _names(record)]
    if len(found) > 1:
        raise UnknownNameError(
            f"more than one object is called {'.'.join(identity)}",
            hint=f"give the object itself: {', '.join(record.label for record in found)}",
        )
    if not found:
        for kind in kinds:
            sight = Sight(kind, access.catalog.blind)
            sight.require_any()
            sight.require(identity)
        known = {record.identity[: record.name_part() + 1]: record for record in candidates}
        raise unknown(" or ".join(kinds), identity, known)
    return found[0]


def _parameter(access: Access, name: str) -> Record:
    """Return what is granted on a parameter, in capitals or not: only of those on which anything is there is a record.

    Raises:
        BlindError: It could not be read.
    """
    granted = access.catalog.of_kind(ParameterPrivileges)
    return granted.get((name.lower(),)) or ParameterPrivileges(name=name.lower(), privileges=frozenset())


def _names(record: Record) -> Iterator[Identity]:
    """Yield what an object may be called by: all parts of its name, and less as long as it says enough."""
    part = record.name_part()
    yield from (record.identity, record.identity[: part + 1], record.identity[part : part + 1])


def _relation_of(access: Access, column: Column) -> Record:
    """Return what a column is a column of."""
    kinds, parts = Column.PARENT or ((), 0)
    identity = column.identity[:parts]
    return next(found[identity] for kind in kinds if identity in (found := access.catalog.records.get(kind, {})))
