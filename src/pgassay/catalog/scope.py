"""What of a real database is compared: the contract's schemas and roles, not the whole cluster's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any, cast

from pgassay.catalog import leniencies as lenient
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Change, Difference
from pgassay.catalog.kinds.casts import Cast, Transform, schemas_of
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.outside import is_tablespace_of_initdb, without_data, without_others
from pgassay.catalog.parts import keep, names, with_record
from pgassay.catalog.record import Grant, Record, RoleName, quote_name
from pgassay.catalog.relocation import moved
from pgassay.catalog.rewrite import fields_with
from pgassay.catalog.roles_map import ALL_ROLES, OWNER, PUBLIC, map_record
from pgassay.catalog.selection import Selection, matches, schema_of
from pgassay.catalog.services import ROLE_KINDS, without_services

SHARED_KINDS = ROLE_KINDS | {Tablespace.KIND, ParameterPrivileges.KIND}
"""Kinds that belong to the whole cluster."""

MAY_BE_SHARED = SHARED_KINDS | {SystemObject.KIND}
"""Kinds of which some objects do."""

ENVIRONMENT = ("encoding", "locale_provider", "collate", "ctype", "locale", "icu_rules")
"""What CREATE DATABASE fixes: a contract's SQL runs inside a database and cannot say it."""


class Scope(StrEnum):
    """How much of the actual catalog counts.

    Attributes:
        CONTRACT: What the expected catalog can speak of; for a database on a cluster that others use too.
        DATABASE: The same, where the expected catalog is of such a database as well: it declares no role, and what a
            managed service put in, and foreign schemas, are nobody's business on either side.
        WHOLE: Every schema, role and setting; for two databases that are both ours (round trip, migrations).
    """

    CONTRACT = "contract"
    DATABASE = "database"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How to compare.

    Attributes:
        scope: How much of the actual catalog counts.
        shared: Whether cluster-wide kinds are compared; false where both databases are on one server.
        roles: Name in the expected catalog -> name in the actual one.
        foreign_schemas: Globs of schemas that are none of the contract's business.
        leniencies: Names of `leniencies.NAMES`; an unknown one raises UsageError.
        selection: The objects that are compared, where not all are.
        every_role: Whether roles count, too, that have nothing to do with the two databases.
        environment: Whether locale and settings count that the expected side cannot say, or does not.
    """

    scope: Scope = Scope.CONTRACT
    shared: bool = True
    roles: Mapping[str, str] = field(default_factory=dict)
    foreign_schemas: tuple[str, ...] = ()
    leniencies: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    every_role: bool = False
    environment: bool = False

    def __post_init__(self) -> None:
        lenient.find(self.leniencies)


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
    expected = _same_public_owner(expected, actual)
    if not options.shared:
        expected, actual = (keep(c, _is_own, MAY_BE_SHARED) for c in (expected, actual))
    if options.scope is not Scope.WHOLE:
        expected, actual = _without_others_business(expected, actual, options, notes)
    actual, unknown = _fold_unknown_schemas(expected, actual, options.selection)
    if options.scope is not Scope.WHOLE and options.shared and not options.every_role:
        expected, actual = _without_other_roles(expected, actual, options.scope, notes)
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
        expected = _without_foreign(expected, frozenset(), options.foreign_schemas, notes)
    actual = without_services(expected, actual, notes)
    ours = frozenset() if options.scope is Scope.DATABASE else names(expected, Schema)
    actual = _without_foreign(actual, ours, options.foreign_schemas, notes)
    return (expected, actual) if options.environment else _same_environment(expected, actual, notes)


def is_shared(record: Record) -> bool:
    """Tell whether a record is the whole cluster's: initdb's own tablespaces are, too."""
    return record.KIND in SHARED_KINDS or is_tablespace_of_initdb(record)


def _is_own(record: Record) -> bool:
    return not is_shared(record)


def _without_schemas(catalog: Catalog, schemas: Collection[str]) -> Catalog:
    """Leave out schemas and what lives in them, read or not."""
    kept = keep(catalog, lambda record: not _lives_in(record, schemas))
    inside = tuple(f" {quote_name(schema)}." for schema in schemas)
    blind = tuple(spot for spot in catalog.blind if not any(name in spot.object for name in inside))
    return Catalog(kept.major, kept.records, blind, kept.deparsed_by)


def _lives_in(record: Record, schemas: Collection[str]) -> bool:
    """A cast or a transform goes with its types, wherever they live."""
    match record:
        case Cast():
            return any(schema in schemas for schema in schemas_of(record.source, record.target))
        case Transform():
            return any(schema in schemas for schema in schemas_of(record.type))
        case _:
            return schema_of(record) in schemas


def bootstrap_role(catalog: Catalog) -> str | None:
    """Return the name of the superuser that initdb made, where it was read."""
    roles = catalog.records.get(Role.KIND, {}).values()
    return next((role.name for role in roles if isinstance(role, Role) and role.bootstrap), None)


def _without_foreign(catalog: Catalog, ours: frozenset[str], globs: tuple[str, ...], notes: list[str]) -> Catalog:
    """Leave out the schemas that the settings call foreign, and all in them."""
    foreign = {name for name in names(catalog, Schema) - ours if matches(name, globs)}
    if not foreign:
        return catalog
    note = f"foreign schemas, left out: {', '.join(sorted(foreign))}"
    notes += [note] if note not in notes else []
    return _without_schemas(catalog, foreign)


def _same_environment(expected: Catalog, actual: Catalog, notes: list[str]) -> tuple[Catalog, Catalog]:
    """Take out of the database's record what a contract cannot say: its locale, and settings that it does not name."""
    theirs = actual.records.get(Database.KIND, {}).get(())
    ours = expected.records.get(Database.KIND, {}).get(())
    if not isinstance(ours, Database) or not isinstance(theirs, Database):
        return expected, actual
    differing = [name for name in ENVIRONMENT if getattr(ours, name) != getattr(theirs, name)]
    if differing:
        facts = ", ".join(f"{name} {getattr(theirs, name)} (contract: {getattr(ours, name)})" for name in differing)
        notes.append(f"the database's environment differs: {facts}")
    others = sorted(theirs.settings.keys() - ours.settings.keys())
    if others:
        notes.append(f"settings of the database that the contract does not name: {', '.join(others)}")
    named = {name: value for name, value in theirs.settings.items() if name in ours.settings}
    changes: Any = {name: getattr(ours, name) for name in ENVIRONMENT} | {"settings": named}
    return expected, with_record(actual, replace(theirs, **changes))


def _same_public_owner(expected: Catalog, actual: Catalog) -> Catalog:
    """Take initdb's own schema public for one: up to 14 the first superuser owns it, then `pg_database_owner`."""
    ours, theirs = (catalog.records.get(Schema.KIND, {}).get(("public",)) for catalog in (expected, actual))
    if not isinstance(ours, Schema) or not isinstance(theirs, Schema) or (expected.major < 15) == (actual.major < 15):
        return expected
    if ours.owner != _owner_by_initdb(expected) or theirs.owner != _owner_by_initdb(actual):
        return expected
    return with_record(expected, map_record(ours, {ours.owner: theirs.owner}))


def _owner_by_initdb(catalog: Catalog) -> str | None:
    return "pg_database_owner" if catalog.major >= 15 else bootstrap_role(catalog)


def _fold_unknown_schemas(
    expected: Catalog, actual: Catalog, selection: Selection
) -> tuple[Catalog, tuple[Difference, ...]]:
    """Make one difference of each schema that nobody expects; none where it only holds an extension that was moved.

    Where the schema itself is not selected, what lives in it still may be.
    """
    found = actual.records.get(Schema.KIND, {})
    unknown = {s for s in names(actual, Schema) - names(expected, Schema) if selection.takes(found[s,])}
    if not unknown:
        return actual, ()
    inside = Counter(schema_of(record) for record in actual if record.KIND != Schema.KIND)
    told = {found.schema for _, found in moved(expected, actual) if not inside[found.schema]}
    folded = tuple(
        Difference(
            kind=Schema.KIND,
            object=record.label,
            change=Change.UNKNOWN_SCHEMA,
            actual=record,
            hidden=inside[identity[0]],
        )
        for identity, record in found.items()
        if identity[0] in unknown - told
    )
    return _without_schemas(actual, unknown), folded


def _without_other_roles(expected: Catalog, actual: Catalog, scope: Scope, notes: list[str]) -> tuple[Catalog, Catalog]:
    """Leave out roles that are neither the contract's nor have anything in this database."""
    real = scope is Scope.DATABASE
    declared = own_roles(expected, (roles_at_work(actual) if real else names(expected, Role)) | roles_at_work(expected))
    declared |= (names(expected, RoleSetting) | (names(actual, RoleSetting) if real else set())) & {ALL_ROLES}
    ours = declared | own_roles(actual, roles_at_work(actual))
    idle = own_roles(actual, names(actual, Role)) - ours
    # What is left out of what is expected has to be said, too.
    others = sorted(idle | (own_roles(expected, names(expected, Role)) - declared))
    if others:
        shown = ", ".join(others[:10]) + (f" and {len(others) - 10} more" if len(others) > 10 else "")
        notes.append(f"roles of the cluster that have nothing in this database: {shown}")
    settings = sorted(
        f"{record.role}.{record.name}"
        for record in actual.records.get(RoleSetting.KIND, {}).values()
        if isinstance(record, RoleSetting) and record.scope == "database" and record.role in others
    )
    if settings:
        notes.append(f"settings of these roles for this database: {', '.join(settings)}")
    actual = without_others(expected, keep(actual, partial(_about, ours), ROLE_KINDS), ours, notes)
    return keep(expected, partial(_about, declared), ROLE_KINDS), actual


def own_roles(catalog: Catalog, names: Iterable[str]) -> frozenset[str]:
    """Return those of the names that initdb did not make: neither its superuser nor `pg_...`."""
    system = bootstrap_role(catalog)
    return frozenset(name for name in names if name != system and not name.startswith("pg_"))


def _about(roles: frozenset[str], record: Record) -> bool:
    """Tell whether a record is about one of these roles."""
    return not roles.isdisjoint(_roles_named(record))


def _roles_named(record: Record) -> tuple[str, ...]:
    """Return whom a cluster-wide record is about: the role, or both ends of a membership."""
    return record.identity[:2] if isinstance(record, Membership) else record.identity[:1]


def roles_at_work(catalog: Catalog) -> frozenset[str]:
    """Return the roles that own or hold something in the database itself."""
    found: set[RoleName] = set()
    for value in _roles_and_grants(catalog):
        for one in (value,) if isinstance(value, str) else value:
            found.update(_named_by(one) if isinstance(one, Grant) else (one,))
    return frozenset(found - {PUBLIC})


def _roles_and_grants(catalog: Catalog) -> Iterator[RoleName | frozenset[Grant] | frozenset[RoleName]]:
    """Yield each owner and each set of grants or roles once, of the same few that are on everything."""
    for kind, all_records in catalog.records.items():
        records = [record for record in all_records.values() if kind not in MAY_BE_SHARED or not is_shared(record)]
        for name in fields_with(cast(Any, type(records[0])), (Grant, RoleName)) if records else ():
            yield from set(map(attrgetter(name), records)) - {None}


def _named_by(grant: Grant) -> tuple[RoleName, ...]:
    return (grant.grantee,) if grant.grantor == OWNER else (grant.grantee, grant.grantor)
