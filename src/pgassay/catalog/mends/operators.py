"""Mends of operators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.operators import Operator
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import clauses, quote_name, sentence

ESTIMATORS = frozenset({"restrict", "join"})
"""What every major can alter."""

ONCE = frozenset({"commutator", "negator", "hashes", "merges"})
"""What PostgreSQL 17 and later can add, and never take away."""


def operator(name: str | None) -> str | None:
    """Return another operator as a clause names it."""
    return None if name is None else f"OPERATOR({name})"


def create(wanted: Operator, _context: Context) -> Statements:
    """Create an operator; a shell comes with the operator that names it."""
    if wanted.function is None:
        return [sentence("it is made by CREATE OPERATOR of the one whose commutator or negator it is")]
    body = clauses(
        {
            "FUNCTION": wanted.function,
            "LEFTARG": None if wanted.left == "NONE" else wanted.left,
            "RIGHTARG": wanted.right,
            **_extras(wanted),
        }
    )
    return [f"CREATE OPERATOR {quote_name(wanted.schema)}.{wanted.name} {body};", *finish(wanted)]


def _extras(wanted: Operator) -> dict[str, str | bool | None]:
    return {
        "COMMUTATOR": operator(wanted.commutator),
        "NEGATOR": operator(wanted.negator),
        "RESTRICT": wanted.restrict,
        "JOIN": wanted.join,
        "HASHES": wanted.hashes,
        "MERGES": wanted.merges,
    }


def alter(difference: Difference, context: Context) -> Statements:
    """Alter what can be altered; make anew what is defined otherwise."""
    wanted, found = both(difference)
    if all(_can_be_set(attribute, context) for attribute in difference.attributes) and found.function is not None:
        changed = {word: value for word, value in _settings(wanted).items() if word.lower() in _names(difference)}
        return [f"ALTER {named(wanted)} SET {clauses(changed)};"]
    return [*drop(found), *create(wanted, context)]


def _names(difference: Difference) -> frozenset[str]:
    return frozenset(attribute.name for attribute in difference.attributes)


def _settings(wanted: Operator) -> dict[str, str | bool | None]:
    return {**_extras(wanted), "RESTRICT": wanted.restrict or "NONE", "JOIN": wanted.join or "NONE"}


def _can_be_set(attribute: AttributeDifference, context: Context) -> bool:
    if attribute.name in ESTIMATORS:
        return True
    addable = attribute.name in ONCE and not attribute.actual and context.actual.major >= 17
    return addable and not _is_shell(attribute.expected, context)


def _is_shell(name: object, context: Context) -> bool:
    """Tell whether an operator of this name should be a shell, which CREATE OPERATOR alone makes of a name."""
    operators = cast(Iterable[Operator], context.expected.records.get(Operator.KIND, {}).values())
    return any(f"{quote_name(one.schema)}.{one.name}" == name and one.function is None for one in operators)


MENDERS = {Operator.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
