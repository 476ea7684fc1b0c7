"""How two records of one object differ, attribute by attribute, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pgassay.catalog.difference import AttributeDifference
from pgassay.catalog.kinds.base_types import BaseType
from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.publications import Publication
from pgassay.catalog.kinds.roles import Membership, Role
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.leniencies import Leniency, layout_only
from pgassay.catalog.record import Deparsed, Grant, Record, RoleName
from pgassay.catalog.rewrite import fields_with

SINCE: Mapping[tuple[str, str], int] = {
    (Column.KIND, "not_null_comment"): 18,
    (Collation.KIND, "icu_rules"): 16,
    (Membership.KIND, "inherit"): 16,
    (Membership.KIND, "set"): 16,
    (Publication.KIND, "publish_generated_columns"): 18,
    (Sequence.KIND, "persistence"): 15,
    (Subscription.KIND, "two_phase"): 15,
    (Subscription.KIND, "disable_on_error"): 15,
    (Subscription.KIND, "password_required"): 16,
    (Subscription.KIND, "run_as_owner"): 16,
    (Subscription.KIND, "origin"): 16,
    (Subscription.KIND, "failover"): 17,
}
"""Attributes that older majors do not have: not compared with such a one."""

MAINTAIN_SINCE = 17
"""The major with a privilege that older ones do not have, and that every owner holds from then on."""

SAME_MAJOR_ONLY = frozenset({(Column.KIND, "not_null_name"), (BaseType.KIND, "array_type")})
"""Attributes that say nothing about another major.

pg_upgrade gives NOT NULL constraints names of its own making, and array types whose name is taken are called otherwise
from 16 on.
"""

AS_TEXT = "compared as text, for want of a scratch server that would tell whether it means the same"

ITS_OWN_OWNER = RoleName("\0owner")
"""Stands for the object's owner among its grantees: no name holds a NUL."""

Ordered = Table | View | MaterializedView


class Opinion(Protocol):
    """Decides whether two attributes that differ in text mean the same; `canonical.SecondOpinion` asks a server."""

    def same(self, expected: Record, actual: Record, attribute: str) -> bool:
        """Tell whether the attribute of both means the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How attributes are compared.

    Attributes:
        majors: The expected and the actual server's major version.
        leniencies: What is let pass.
        opinion: Who is asked about text, or None.
        on_rendering: Told each attribute that differed in text alone: label and attribute's name.
    """

    majors: tuple[int, int]
    leniencies: tuple[Leniency, ...] = ()
    opinion: Opinion | None = None
    on_rendering: Callable[[str, str], None] = lambda _label, _name: None


def differing(expected: Record, actual: Record, manner: Manner) -> tuple[AttributeDifference, ...]:
    """Return the attributes that differ; a name that differs comes first.

    Args:
        expected: The record that should be there.
        actual: The record of the same object, of the same class.
        manner: How to compare.
    """
    found = (d for d in _differing(expected, actual, manner.majors) if _comparable(expected.KIND, d, manner.majors))
    kept = (d for d in found if not _excused(expected.KIND, d, manner))
    return tuple(
        replace(d, note=d.note or _unasked(expected, d, manner))
        for d in kept
        if not _only_rendered_otherwise(expected, actual, d, manner)
    )


def _excused(kind: str, difference: AttributeDifference, manner: Manner) -> bool:
    expected, actual = difference.expected, difference.actual
    return any(leniency.excuses(kind, difference.name, expected, actual) for leniency in manner.leniencies)


def _unasked(expected: Record, difference: AttributeDifference, manner: Manner) -> str:
    """Say of texts that no server was asked about them: they may mean the same."""
    both = difference.expected is not None and difference.actual is not None
    return AS_TEXT if manner.opinion is None and both and is_deparsed(type(expected), difference.name) else ""


def _differing(expected: Record, actual: Record, majors: tuple[int, int]) -> Iterator[AttributeDifference]:
    yield from _identity(expected, actual)
    without_maintain = min(majors) < MAINTAIN_SINCE <= max(majors)
    for name in expected.attributes:
        wanted, found = getattr(expected, name), getattr(actual, name)
        if name == "privileges" and without_maintain:
            wanted, found = _without_maintain(wanted), _without_maintain(found)
        if wanted != found:
            yield from _attribute(expected, actual, AttributeDifference(name, wanted, found))


def _identity(expected: Record, actual: Record) -> Iterator[AttributeDifference]:
    for name in expected.IDENTITY:
        wanted, found = getattr(expected, name), getattr(actual, name)
        if wanted != found:
            yield AttributeDifference(name, wanted, found)


def _attribute(expected: Record, actual: Record, difference: AttributeDifference) -> Iterator[AttributeDifference]:
    """Say what really differs: order instead of columns, grants but for the owner's own, a body's layout."""
    match expected, difference.name:
        case Table() | View() | MaterializedView(), "columns":
            yield from _column_order(difference)
        case Extension(version=version), "members" if version != getattr(actual, "version", version):
            return
        case UserMapping(), "options" if difference.expected is None or difference.actual is None:
            return  # somebody may not see them, which is blind
        case _, "privileges":
            yield from _privileges(difference, getattr(expected, "owner", None), getattr(actual, "owner", None))
        case Role(), "valid_until" if {difference.expected, difference.actual} == {None, "infinity"}:
            return  # what was never limited and what is not any more: no SQL makes the second the first again
        case Function(), "body" if layout_only(difference.expected, difference.actual):
            yield replace(difference, note="only white space differs")
        case _:
            yield difference


def _column_order(difference: AttributeDifference) -> Iterator[AttributeDifference]:
    """A column that is missing is a record of its own; what both have may stand in another order."""
    both = set(difference.expected) & set(difference.actual)
    wanted, found = (tuple(c for c in side if c in both) for side in (difference.expected, difference.actual))
    if wanted != found:
        yield AttributeDifference("column order", wanted, found)


def _without_maintain(grants: frozenset[Grant]) -> frozenset[Grant]:
    return frozenset(grant for grant in grants if grant.privilege != "MAINTAIN")


def _privileges(
    difference: AttributeDifference, wanted: RoleName | None, found: RoleName | None
) -> Iterator[AttributeDifference]:
    """Compare grants with the owner's own as the owner's: ALTER OWNER takes them along."""
    expected = _call(difference.expected, wanted, ITS_OWN_OWNER)
    actual = _call(difference.actual, found, ITS_OWN_OWNER)
    if expected != actual:
        yield AttributeDifference(
            "privileges", _call(expected, ITS_OWN_OWNER, wanted), _call(actual, ITS_OWN_OWNER, wanted)
        )


def _call(grants: frozenset[Grant], grantee: RoleName | None, name: RoleName | None) -> frozenset[Grant]:
    if grantee is None or name is None:
        return grants
    return frozenset(replace(grant, grantee=name) if grant.grantee == grantee else grant for grant in grants)


def _comparable(kind: str, difference: AttributeDifference, majors: tuple[int, int]) -> bool:
    key = (kind, difference.name)
    return min(majors) >= SINCE.get(key, 0) and (key not in SAME_MAJOR_ONLY or majors[0] == majors[1])


def _only_rendered_otherwise(expected: Record, actual: Record, difference: AttributeDifference, manner: Manner) -> bool:
    if manner.opinion is None or not is_deparsed(type(expected), difference.name):
        return False
    same = manner.opinion.same(expected, actual, difference.name)
    if same:
        manner.on_rendering(expected.label, difference.name)
    return same


def is_deparsed(record_type: Any, attribute: str) -> bool:
    """Tell whether an attribute holds text that PostgreSQL wrote from a parse tree."""
    return attribute in fields_with(record_type, (Deparsed,))
