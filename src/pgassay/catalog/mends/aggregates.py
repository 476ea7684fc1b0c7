"""Mends of aggregates."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.operators import operator
from pgassay.catalog.sqltext import clauses, dotted, literal

CANNOT_BE_REPLACED = frozenset({"aggregate_kind", "signature", "direct_arguments", "result"})
"""What CREATE OR REPLACE refuses to change."""


def create(aggregate: Aggregate, _context: Context) -> Statements:
    """Create an aggregate."""
    return [_definition(aggregate), *finish(aggregate)]


def _definition(aggregate: Aggregate) -> str:
    name = dotted(aggregate.schema, aggregate.name)
    body = clauses({**_clauses(aggregate), **_moving(aggregate)})
    return f"CREATE OR REPLACE AGGREGATE {name}({aggregate.signature or '*'}) {body};"


def _clauses(aggregate: Aggregate) -> dict[str, str | bool | None]:
    return {
        "SFUNC": aggregate.state_function,
        "STYPE": aggregate.state_type,
        "SSPACE": str(aggregate.state_space) if aggregate.state_space else None,
        "FINALFUNC": aggregate.final_function,
        "FINALFUNC_EXTRA": aggregate.final_extra,
        "FINALFUNC_MODIFY": _modify(aggregate.final_modify),
        "COMBINEFUNC": aggregate.combine_function,
        "SERIALFUNC": aggregate.serial_function,
        "DESERIALFUNC": aggregate.deserial_function,
        "INITCOND": _constant(aggregate.initial_condition),
        "SORTOP": operator(aggregate.sort_operator),
        "PARALLEL": aggregate.parallel,
        "HYPOTHETICAL": aggregate.aggregate_kind == "hypothetical-set",
    }


def _moving(aggregate: Aggregate) -> dict[str, str | bool | None]:
    """Return the clauses for moving windows; one of them without MSFUNC is refused."""
    if aggregate.moving_state_function is None:
        return {}
    return {
        "MSFUNC": aggregate.moving_state_function,
        "MINVFUNC": aggregate.moving_inverse_function,
        "MSTYPE": aggregate.moving_state_type,
        "MSSPACE": str(aggregate.moving_state_space) if aggregate.moving_state_space else None,
        "MFINALFUNC": aggregate.moving_final_function,
        "MFINALFUNC_EXTRA": aggregate.moving_final_extra,
        "MFINALFUNC_MODIFY": _modify(aggregate.moving_final_modify),
        "MINITCOND": _constant(aggregate.moving_initial_condition),
    }


def _modify(word: str) -> str:
    return word.replace(" ", "_").upper()


def _constant(text: str | None) -> str | None:
    return None if text is None else literal(text)


def alter(difference: Difference, context: Context) -> Statements:
    """Replace an aggregate; where what it takes or returns changes, drop it first."""
    wanted, found = both(difference)
    if any(attribute.name in CANNOT_BE_REPLACED for attribute in difference.attributes):
        return [*drop(found), *create(wanted, context)]
    return [_definition(wanted)]


MENDERS = {Aggregate.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
