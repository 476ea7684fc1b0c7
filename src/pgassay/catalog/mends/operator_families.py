"""Mends of operator classes and operator families."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.operator_families import (
    FunctionMember,
    OperatorClass,
    OperatorFamily,
    OperatorMember,
    made_by,
)
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named

Members = Iterable[OperatorMember | FunctionMember]


def _family_of(wanted: OperatorClass, catalog: Catalog) -> OperatorFamily | None:
    """Return the family that the class makes, in a catalog."""
    families = catalog.records.get(OperatorFamily.KIND, {})
    family = cast("OperatorFamily | None", families.get(wanted.identity))
    return family if family is not None and made_by(family, _classes(catalog)) == wanted else None


def _classes(catalog: Catalog) -> Iterable[OperatorClass]:
    return cast(Iterable[OperatorClass], catalog.records.get(OperatorClass.KIND, {}).values())


def _operator(member: OperatorMember) -> str:
    purpose = f" FOR ORDER BY {member.sort_family}" if member.sort_family else ""
    return f"OPERATOR {member.strategy} {member.operator} ({member.left}, {member.right}){purpose}"


def _item(member: OperatorMember | FunctionMember) -> str:
    if isinstance(member, OperatorMember):
        return _operator(member)
    return f"FUNCTION {member.number} ({member.left}, {member.right}) {member.function}"


def _place(member: OperatorMember | FunctionMember) -> str:
    """Return a member as ALTER OPERATOR FAMILY ... DROP names it."""
    if isinstance(member, OperatorMember):
        return f"OPERATOR {member.strategy} ({member.left}, {member.right})"
    return f"FUNCTION {member.number} ({member.left}, {member.right})"


def _members(record: OperatorClass | OperatorFamily) -> tuple[OperatorMember | FunctionMember, ...]:
    return (*record.operators, *record.functions)


def create_class(wanted: OperatorClass, context: Context) -> Statements:
    """Create an operator class; with the family that goes with it, where that is missing too."""
    family = _family_of(wanted, context.expected)
    if family is None or context.has(OperatorFamily.KIND, *family.identity):
        return _create_in(wanted, f" FAMILY {wanted.family}")
    return [*_create_in(wanted, ""), *_add(family, _members(family)), *finish(family)]


def _create_in(wanted: OperatorClass, family: str) -> Statements:
    start, method = named(wanted).rsplit(" USING ", 1)
    storage = [f"STORAGE {wanted.storage}"] if wanted.storage else []
    # STORAGE of the type itself says nothing, and stands for a class that has no member of its own.
    items = [*map(_item, _members(wanted)), *storage] or [f"STORAGE {wanted.type}"]
    default = " DEFAULT" if wanted.default else ""
    head = f"CREATE {start}{default} FOR TYPE {wanted.type} USING {method}{family}"
    return [f"{head} AS {', '.join(items)};", *finish(wanted)]


def drop_class(found: OperatorClass, context: Context) -> Statements:
    """Drop an operator class; with the family that goes with it, where that is too much as well."""
    family = _family_of(found, context.actual)
    too_much = family is not None and family.identity not in context.expected.records.get(OperatorFamily.KIND, {})
    return [*drop(found), *(drop(family) if family is not None and too_much else [])]


def alter_class(difference: Difference, _context: Context) -> Statements:
    """Make an operator class anew: nothing of it can be altered."""
    wanted, found = both(difference)
    return [*drop(found), *_create_in(wanted, f" FAMILY {wanted.family}")]


def create_family(wanted: OperatorFamily, _context: Context) -> Statements:
    """Create an operator family with its loose members."""
    return [f"CREATE {named(wanted)};", *_add(wanted, _members(wanted)), *finish(wanted)]


def _add(family: OperatorFamily, members: Members) -> Statements:
    items = ", ".join(map(_item, members))
    return [f"ALTER {named(family)} ADD {items};"] if items else []


def alter_family(difference: Difference, _context: Context) -> Statements:
    """Drop and add loose members."""
    wanted, found = both(difference)
    extra = ", ".join(_place(member) for member in _without(found, wanted))
    statements = [f"ALTER {named(wanted)} DROP {extra};"] if extra else []
    return statements + _add(wanted, _without(wanted, found))


def _without(these: Any, those: Any) -> tuple[OperatorMember | FunctionMember, ...]:
    return tuple(member for member in _members(these) if member not in _members(those))


MENDERS = {
    OperatorFamily.KIND: Mender(create=create_family, drop=lambda r, _c: drop(r), alter=alter_family),
    OperatorClass.KIND: Mender(create=create_class, drop=drop_class, alter=alter_class),
}
