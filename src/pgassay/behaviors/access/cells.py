"""The cells of the matrix: one role, one object, one action, and the three answers to whether it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pgassay.catalog.effective import whole
from pgassay.catalog.record import PUBLIC, Record, RoleName, quote_name

Key = tuple[RoleName, str, str]
"""Role, label of the object, action."""


class Tried(StrEnum):
    """What became of a try."""

    DONE = "yes"
    DENIED = "no"
    OTHERWISE = "otherwise"  # it failed, and not for want of a privilege
    UNTRIED = "untried"  # there is no try that does nothing


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try and its outcome.

    Attributes:
        outcome: Whether it was done, denied (SQLSTATE 42501), failed otherwise, or could not be tried.
        sqlstate: What the server answered, or empty.
        said: What the server said, in one line, or why it was not tried, or empty.
    """

    outcome: Tried
    sqlstate: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One role, one object, one action.

    Attributes:
        role: The role.
        object: The record of the object.
        action: PostgreSQL's word for the privilege; on one column alone as `SELECT (email)`.
        declared: The path by which it is held, such as `granted`, `owner`, `PUBLIC`, `superuser`, `member of staff`;
            None: it is not held.
        computed: What `has_*_privilege` says; None: this major cannot be asked.
        tried: What came of acting as the role; None: nothing was tried.
    """

    role: RoleName
    object: Record
    action: str
    declared: str | None
    computed: bool | None = None
    tried: Attempt | None = None

    @property
    def key(self) -> Key:
        """Role, label of the object, action."""
        return self.role, self.object.label, self.action

    @property
    def able(self) -> bool:
        """Whether the role can: what was tried counts most, then what the server computes."""
        if self.tried is not None and self.tried.outcome in {Tried.DONE, Tried.DENIED}:
            return self.tried.outcome is Tried.DONE
        return self.declared is not None if self.computed is None else self.computed


def without_parts(cells: Sequence[Cell]) -> list[Cell]:
    """Leave out columns where the whole is among the cells, too: what is said of it holds for them."""
    actions = {cell.action for cell in cells}
    return [cell for cell in cells if whole(cell.action) == cell.action or whole(cell.action) not in actions]


def role_text(role: RoleName) -> str:
    """Return how findings name a role."""
    return "PUBLIC" if role == PUBLIC else f"role {quote_name(role)}"
