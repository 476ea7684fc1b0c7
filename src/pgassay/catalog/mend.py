"""The mend of a difference: SQL that brings the actual database to what is expected, or a sentence where none can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Aspect, AttributeDifference, Change, Difference
from pgassay.catalog.mends import (
    aggregates,
    base_types,
    cluster,
    collations,
    columns,
    constraints,
    database,
    event_triggers,
    extended_statistics,
    extension_dependences,
    foreign_data,
    functions,
    indexes,
    languages,
    operator_families,
    operators,
    publications,
    roles,
    rules,
    security_labels,
    sequences,
    subscriptions,
    system_objects,
    tables,
    text_search,
    triggers,
    types,
    views,
)
from pgassay.catalog.mends.common import renamed, set_comment, set_owner, set_privileges
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.record import Record
from pgassay.catalog.sqltext import script

MODULES = (
    database,
    roles,
    cluster,
    types,
    functions,
    languages,
    foreign_data,
    collations,
    base_types,
    types,
    functions,
    operators,
    operator_families,
    aggregates,
    text_search,
    sequences,
    tables,
    columns,
    views,
    constraints,
    indexes,
    extended_statistics,
    rules,
    triggers,
    system_objects,
    extension_dependences,
    publications,
    subscriptions,
    event_triggers,
    security_labels,
)
MENDERS: Mapping[str, Mender] = MappingProxyType({k: m for module in MODULES for k, m in module.MENDERS.items()})
"""Kind -> how it is mended."""

OWN_MENDS = frozenset({"default privileges"})
"""Kinds whose privileges are what they are: their own mender brings them."""


def mend(difference: Difference, expected: Catalog, actual: Catalog) -> str:
    """Return SQL that mends the actual database, or a sentence where no SQL can.

    The text is for people: pgassay never executes it. What is lost by it is said in a comment of its own line.

    Args:
        difference: Of one aspect or of several.
        expected: The expected catalog as compared (`Examination.expected`): a missing table's parts are found there.
        actual: The actual catalog as compared.
    """
    return script(statements_of(difference, expected, actual))


def statements_of(difference: Difference, expected: Catalog, actual: Catalog) -> Statements:
    """Return the same, statement by statement; what begins with `-- ` is advice, and no statement."""
    context = Context(expected, actual)
    mender = MENDERS[difference.kind]
    if difference.actual is None:
        return mender.create(difference.expected, context)
    if difference.expected is None:
        return mender.drop(difference.actual, context)
    return _alter(difference, mender, context)


def _alter(difference: Difference, mender: Mender, context: Context) -> Statements:
    """Rename first, so that the rest finds the object under its name; then the definition, then the rest."""
    statements: Statements = []
    wanted, found = both(difference)
    if difference.change is Change.RENAMED:
        statements += renamed(found, wanted.name)
    rest = tuple(a for a in difference.attributes if a.name != "name" and not _by_itself(a, wanted))
    if rest:
        statements += mender.alter(replace(difference, attributes=rest), context)
    for attribute in difference.attributes:
        statements += _common(attribute, wanted)
    return statements


def _by_itself(attribute: AttributeDifference, wanted: Record) -> bool:
    """Tell whether the attribute is mended alike for every kind."""
    if wanted.KIND in OWN_MENDS:
        return False
    return attribute.name in ("owner", "privileges", "comment")


def _common(attribute: AttributeDifference, wanted: Record) -> Statements:
    if not _by_itself(attribute, wanted):
        return []
    match attribute.aspect:
        case Aspect.OWNER:
            return set_owner(wanted, attribute.expected)
        case Aspect.COMMENT:
            return set_comment(wanted, attribute.expected)
        case _:
            return set_privileges(wanted, missing=attribute.missing, extra=attribute.extra)
