"""How one property of an object changes, and ways to write many of them in few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pgassay.catalog.record import Record

BOSS = '"Boss. ""x"" 🐘"'
"""A superuser that tests give objects and privileges to."""


class Property(NamedTuple):
    """Statements that change one attribute of one object, and that take it back.

    Attributes:
        there: SQL that changes it.
        back: SQL that takes that back.
        along: Attributes that PostgreSQL changes with it.
        others: Labels of other objects that come, go or change with it.
        since: The first major that has it.
    """

    there: str
    back: str
    along: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    since: int = 14


class Subject(NamedTuple):
    """One object, and how each of its properties changes.

    Attributes:
        record: Its class.
        label: What the catalog calls it.
        setup: SQL that makes it.
        properties: Attribute -> how it changes.
        since: The first major that has such objects.
    """

    record: type[Record]
    label: str
    setup: str
    properties: Mapping[str, Property]
    since: int = 14

    def __str__(self) -> str:
        return self.label


def altered(head: str, **actions: tuple[str, str]) -> dict[str, Property]:
    """Properties that ALTER changes: attribute -> the action, and the one that takes it back."""
    return {name: Property(f"{head} {there}", f"{head} {back}") for name, (there, back) in actions.items()}


def updated(catalog: str, condition: str, **columns: tuple[str, str]) -> dict[str, Property]:
    """Properties that no DDL changes alone: attribute -> a column of a system catalog and its usual and other value."""
    return {
        name: Property(
            f"UPDATE {catalog} SET {column} = {values.split(' | ')[1]} WHERE {condition}",
            f"UPDATE {catalog} SET {column} = {values.split(' | ')[0]} WHERE {condition}",
        )
        for name, (column, values) in columns.items()
    }


def anew(drop: str, create: str, **replaced: tuple[str, ...]) -> dict[str, Property]:
    """Properties of what is made anew: attribute -> a piece of CREATE, its replacement, what changes along."""
    found = {}
    for name, (old, new, *along) in replaced.items():
        assert old in create, f"{old} is no part of {create}"
        found[name] = Property(f"{drop}; {create.replace(old, new, 1)}", f"{drop}; {create}", tuple(along))
    return found


def common(name: str, grantable: str = "") -> dict[str, Property]:
    """Owner and comment, and privileges where there are any.

    Args:
        name: How ALTER and COMMENT ON call it, such as `TABLE t`.
        grantable: What is granted, and on what as GRANT calls it, such as `SELECT ON TABLE t`.
    """
    along = ("privileges",) if grantable else ()  # the owner's own are the new owner's
    owner = Property(f"ALTER {name} OWNER TO {BOSS}", f"ALTER {name} OWNER TO postgres", along)
    return {"owner": owner, **comment(name), **(privileges(grantable) if grantable else {})}


def comment(name: str) -> dict[str, Property]:
    """The comment."""
    return {"comment": Property(f"COMMENT ON {name} IS 'it''s'", f"COMMENT ON {name} IS NULL")}


def privileges(grantable: str) -> dict[str, Property]:
    """The privileges."""
    return {"privileges": Property(f"GRANT {grantable} TO {BOSS}", f"REVOKE {grantable} FROM {BOSS}")}
