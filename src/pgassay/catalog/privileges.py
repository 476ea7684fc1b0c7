"""Whether a role can do something, and why: the question of `has_*_privilege`, answered from a catalog alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from pgassay.catalog.effective import SUPERUSER, Access
from pgassay.catalog.grantable import predefined
from pgassay.catalog.kinds.cluster import ParameterPrivileges
from pgassay.catalog.record import PUBLIC, Grant, Record, RoleName, one_line, quote_name


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Whether a role can do something: true or false by itself, and its repr says why.

    Attributes:
        role: The role, or PUBLIC: everybody.
        privilege: PostgreSQL's word; on a column alone as `SELECT (email)`.
        object: The label of the object.
        able: Whether the role can.
        reason: The path by which it can, or what is missing.
    """

    role: RoleName
    privilege: str
    object: str
    able: bool
    reason: str

    def __bool__(self) -> bool:
        return self.able

    def __repr__(self) -> str:
        verb = "can" if self.able else "cannot"
        return one_line(f"<{_who(self.role)} {verb} {self.privilege} on {self.object}: {self.reason}>")


@dataclass(frozen=True)
class Question:
    """Whether a role has a privilege on an object, without SET ROLE.

    Attributes:
        access: Who can act as whom.
        role: The role, or PUBLIC: everybody.
        privilege: One that there is on objects of this kind.
        object: The object.
        column: A column of it, or None: the whole object.
    """

    access: Access
    role: RoleName
    privilege: str
    object: Record
    column: str | None = None

    def answer(self) -> Answer:
        """Say whether the role can, and why."""
        for acting, chain in self.access.acting(self.role).items():
            if self._held_by(acting):
                return self._answer(able=True, reason=f"{self._path(acting, chain)}{self._without_usage()}")
        return self._answer(able=False, reason="; ".join(self._lacking()))

    def _answer(self, *, able: bool, reason: str) -> Answer:
        privilege = self.privilege if self.column is None else self._on_column
        return Answer(self.role, privilege, _label(self.object), able, reason)

    @cached_property
    def _on_column(self) -> str:
        return f"{self.privilege} ({quote_name(self.column)})" if self.column is not None else ""

    def _held_by(self, role: RoleName) -> bool:
        held = set(self.access.held(role, self.object))
        return self.privilege in held or self._on_column in held

    def _path(self, acting: RoleName, chain: tuple[RoleName, ...]) -> str:
        if not chain:
            return self._fact(acting)
        through = f" through {', '.join(map(quote_name, chain[:-1]))}" if chain[1:] else ""
        return f"{self._fact(acting)}; it inherits from {quote_name(acting)}{through}"

    def _fact(self, acting: RoleName) -> str:
        """Say what gives the privilege to the role in whose place the asked one acts."""
        if acting == SUPERUSER:
            return "it is a superuser"
        name = "it" if acting == self.role != PUBLIC else _name(acting)
        if acting == getattr(self.object, "owner", None):
            return f"{name} is the owner"
        if self.privilege in predefined(acting, self.object.KIND):
            return f"{name} has it everywhere"
        return f"granted to {name}"

    def _without_usage(self) -> str:
        """Tell of a privilege that is of no use yet: whoever cannot use the schema cannot name what is in it."""
        schema = self.access.catalog.records.get("schema", {}).get((getattr(self.object, "schema", ""),))
        if schema is None or self.object.KIND == schema.KIND:
            return ""
        usage = Question(self.access, self.role, "USAGE", schema).answer()
        return "" if usage else f"; but it lacks USAGE on {schema.label}"

    def _lacking(self) -> Iterator[str]:
        if columns := self._own_columns():
            yield f"on {', '.join(map(quote_name, columns))} alone"
        yield f"granted to {', '.join(map(_name, self._grantees())) or 'nobody'}"
        if other := self._after_set_role():
            yield f"it can only after SET ROLE {quote_name(other)}"

    def _own_columns(self) -> list[str]:
        """Return the columns on which alone the role has the privilege."""
        acting = self.access.acting(self.role)
        return [c for c, grant in self._column_grants() if self.column is None and grant.grantee in acting]

    def _grantees(self) -> list[RoleName]:
        grants = [grant for grant in cast(Any, self.object).privileges if grant.privilege == self.privilege]
        grants += [grant for column, grant in self._column_grants() if column == self.column]
        return sorted({grant.grantee for grant in grants})

    def _column_grants(self) -> Iterator[tuple[str, Grant]]:
        for column, grant in self.access.column_grants.get(self.object.identity, ()):
            if grant.privilege == self.privilege:
                yield column, grant

    def _after_set_role(self) -> RoleName | None:
        """Return the nearest role that has the privilege and may be become, but is not inherited from."""
        becoming = self.access.becoming(self.role)
        return next((other for other in becoming if any(map(self._held_by, self.access.acting(other)))), None)


def _label(record: Record) -> str:
    """Return what an object is called: of a parameter the record is not itself, but what is granted on it."""
    return record.label.replace(" privileges", "", 1) if isinstance(record, ParameterPrivileges) else record.label


_EVERYBODY = "everybody"


def _name(role: RoleName) -> str:
    return _EVERYBODY if role == PUBLIC else quote_name(role)


def _who(role: RoleName) -> str:
    return _EVERYBODY if role == PUBLIC else f"role {quote_name(role)}"
