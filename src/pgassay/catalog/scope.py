"""What of a real database is compared: the contract's schemas and roles, not the whole cluster's."""

from __future__ import annotations

from dataclasses import dataclass

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.comparison import Comparison, Scope
from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.outside import without_data
from pgassay.catalog.parts import keep, names
from pgassay.catalog.scope_environment import same_environment, same_public_owner
from pgassay.catalog.scope_roles import MAY_BE_SHARED, is_own, without_other_roles
from pgassay.catalog.scope_schemas import fold_unknown_schemas, without_foreign
from pgassay.catalog.services import without_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Two catalogs cut down to what is compared.

    Attributes:
        expected: The expected catalog's part.
        actual: The actual catalog's part.
        unknown: One difference for each schema that nobody expects.
        notes: What was left out, in sentences.
    """

    expected: Catalog
    actual: Catalog
    unknown: tuple[Difference, ...]
    notes: tuple[str, ...]


def narrow(expected: Catalog, actual: Catalog, options: Comparison) -> Narrowed:
    """Cut two catalogs down to what is compared.

    Args:
        expected: With its roles under the names that they have in the actual one.
        actual: As it was read.
        options: How much counts.
    """
    notes: list[str] = []
    expected = same_public_owner(expected, actual)
    if not options.shared:
        expected, actual = (keep(c, is_own, MAY_BE_SHARED) for c in (expected, actual))
    if options.scope is not Scope.WHOLE:
        expected, actual = _without_others_business(expected, actual, options, notes)
    actual, unknown = fold_unknown_schemas(expected, actual, options.selection)
    if options.scope is not Scope.WHOLE and options.shared and not options.every_role:
        expected, actual = without_other_roles(expected, actual, options.scope, notes)
    if options.scope is Scope.DATABASE:
        expected = without_data(actual, expected, notes)
    if options.scope is not Scope.WHOLE:
        actual = without_data(expected, actual, notes)
    return Narrowed(expected=expected, actual=actual, unknown=unknown, notes=tuple(notes))


def _without_others_business(
    expected: Catalog, actual: Catalog, options: Comparison, notes: list[str]
) -> tuple[Catalog, Catalog]:
    """Leave out what belongs to a managed service, what the settings call foreign, and what no contract can say."""
    if options.scope is Scope.DATABASE:
        expected = without_services(actual, expected, notes)
        expected = without_foreign(expected, frozenset(), options.foreign_schemas, notes)
    actual = without_services(expected, actual, notes)
    ours = frozenset() if options.scope is Scope.DATABASE else names(expected, Schema)
    actual = without_foreign(actual, ours, options.foreign_schemas, notes)
    return (expected, actual) if options.environment else same_environment(expected, actual, notes)
