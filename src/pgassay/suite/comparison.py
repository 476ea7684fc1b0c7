"""How what should be and what is come side by side: options, an owner that nobody named, the role that looks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Examination, examine
from pgassay.contract.looker import LOOKER, declared_in, without_looker
from pgassay.contract.owner import FRESH_OWNER
from pgassay.contract.undeclared import NO_OWNER, with_real_owner
from pgassay.suite.opinion import LazyOpinion, MakeDatabase
from pgassay.suite.tool import without_tool

if TYPE_CHECKING:
    from pgassay.suite.context import Context

UNASKED = "text that differs was not put to a scratch server, which could tell whether it means the same: {}"


def examine_subject(context: Context) -> Examination:
    """Compare the subject with what is expected."""
    options = _options(context)
    if context.target is None:
        return _examine_migrated(context, context.actual, options)
    return _examine_target(context, options)


def examine_head(context: Context) -> Examination:
    """Compare the migrations' head with the contract, whatever the target looks like."""
    options = replace(_options(context), shared=context.server.private, roles={})
    return _examine_migrated(context, context.sandbox.catalog(), options)


def _examine_migrated(context: Context, head: Catalog, options: Comparison) -> Examination:
    """The migrations' tool has its own table in the head, as everywhere."""
    expected = context.expected
    actual, note = without_tool(expected, head, context.format)
    seen = with_opinion(context.expected_database, expected, actual, options)
    return seen if note is None else replace(seen, notes=(*seen.notes, note))


def with_opinion(database: MakeDatabase, expected: Catalog, actual: Catalog, options: Comparison) -> Examination:
    """Compare two catalogs; text that differs gets a second opinion, where a scratch database can be had."""
    with LazyOpinion(database) as opinion:
        seen = examine(expected, actual, options=options, second_opinion=opinion)
    if opinion.refusal is None:
        return seen
    return replace(seen, notes=(*seen.notes, UNASKED.format(opinion.refusal.message)))


def _options(context: Context) -> Comparison:
    """Roles are compared where they are the subject's alone, or the target's as it stands."""
    settings = context.settings
    return Comparison(
        shared=context.target is not None or context.server.private,
        roles=settings.roles if context.target is not None else {},
        foreign_schemas=(*settings.foreign_schemas, *context.contract.behavior.foreign_schemas),
        leniencies=settings.leniencies,
    )


def _examine_target(context: Context, options: Comparison) -> Examination:
    """A target has an owner whom the contract may not name, and a role that looks, which the contract does not know."""
    expected, actual, notes = context.expected, context.actual, list[str]()
    if FRESH_OWNER not in options.roles:
        expected = with_real_owner(expected, actual)
        notes += [NO_OWNER] if expected is not context.expected else []
    role = context.looker
    declared = frozenset(options.roles.get(name, name) for name in declared_in(expected))
    actual = without_looker(actual, role, declared=declared)
    notes += [LOOKER.format(role)] if actual is not context.actual else []
    actual, note = without_tool(expected, actual, context.format)
    notes += [note] if note is not None else []
    seen = with_opinion(context.expected_database, expected, actual, options)
    return replace(seen, notes=(*seen.notes, *notes))
