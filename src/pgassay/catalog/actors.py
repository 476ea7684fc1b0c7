"""Roles as one navigates them: the record's attributes, and what the role can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pgassay.catalog.effective import Access
from pgassay.catalog.facades import RelationFacade
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.named import Key
from pgassay.catalog.privileged import Privileged, privilege_called
from pgassay.catalog.privileges import Answer, Question
from pgassay.catalog.record import Identity, Record, RoleName

On = Key | Record | RelationFacade[Any]
"""What a privilege is asked about: an object, its name, or its schema and name."""


class Actor:
    """Whoever can do something: a role, or everybody.

    Args:
        name: The role's name, or PUBLIC.
        access: Who can act as whom.
    """

    __slots__ = ("_access", "name")

    name: RoleName

    def __init__(self, name: RoleName, access: Access) -> None:
        self.name = name
        self._access = access

    def __repr__(self) -> str:
        return "<everybody>"

    def can(self, privilege: str, *, on: On, column: str | None = None) -> Answer:
        """Say whether it has a privilege, by whatever path, as `has_table_privilege()` and its like do.

        That is by ownership, grants to itself and to PUBLIC, memberships that it inherits from, as a superuser, and by
        the predefined roles; not what it could do after SET ROLE. The answer is true or false, and its repr says why.

        Args:
            privilege: PostgreSQL's word, such as `SELECT`.
            on: An object, its bare name, or its schema and name: `"users"`, `("audit", "users")`.
            column: Ask about this column of it.

        Raises:
            UnknownNameError: There is no such privilege, object or column, or more than one object of this name.
            BlindError: The roles or their memberships could not be read.
        """
        word = privilege_called(self._access, privilege)
        asked = Privileged.find(self._access, on, column=column, privilege=word)
        self._require_seen()
        asked.require(word)
        return Question(self._access, self.name, word, asked.object, asked.column).answer()

    def privileges_on(self, on: On, *, column: str | None = None) -> frozenset[str]:
        """Return every privilege that it has on an object, or on a column of it, by whatever path.

        Args:
            on: As `can` takes it.
            column: A column of it.
        """
        asked = Privileged.find(self._access, on, column=column)
        self._require_seen()
        questions = (Question(self._access, self.name, p, asked.object, asked.column) for p in asked.privileges)
        return frozenset(question.privilege for question in questions if question.answer())

    def _require_seen(self) -> None:
        """Where what leads to a privilege was not read, "cannot" would be a guess."""
        for record in (Role, Membership, Column):
            self._access.catalog.of_kind(record)


class RoleFacade(Actor):
    """A role: every attribute of its record, and what it can do.

    Args:
        record: The record, as it is compared.
        access: Who can act as whom.
    """

    __slots__ = ("record",)

    if TYPE_CHECKING:  # what __getattr__ finds in the record
        superuser: bool
        inherit: bool
        create_role: bool
        create_db: bool
        login: bool
        replication: bool
        bypass_rls: bool
        connection_limit: int
        valid_until: str | None
        comment: str | None
        bootstrap: bool
        identity: Identity
        attributes: Mapping[str, Any]
        label: str
        summary: str

    def __init__(self, record: Role, access: Access) -> None:
        super().__init__(record.name, access)
        self.record = record

    def __repr__(self) -> str:
        return repr(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoleFacade) and self.record == other.record

    def __hash__(self) -> int:
        return hash(self.record)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name == "record":  # not set yet: while being copied or unpickled
                raise AttributeError(name)
            return getattr(self.record, name)

    @property
    def member_of(self) -> frozenset[RoleName]:
        """The roles that it was made a member of; not those that these are members of."""
        return frozenset(m.role for m in self._access.catalog.memberships.values() if m.member == self.name)

    @property
    def members(self) -> frozenset[RoleName]:
        """The roles that were made members of it."""
        return frozenset(m.member for m in self._access.catalog.memberships.values() if m.role == self.name)
