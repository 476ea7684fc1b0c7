"""What a contract's SQL cannot say: what CREATE DATABASE fixes, and what initdb gives away otherwise on each major."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.parts import with_record
from pgassay.catalog.roles_map import map_record
from pgassay.catalog.scope_roles import bootstrap_role

ENVIRONMENT = ("encoding", "locale_provider", "collate", "ctype", "locale", "icu_rules")
"""What CREATE DATABASE fixes: a contract's SQL runs inside a database and cannot say it."""


def same_environment(expected: Catalog, actual: Catalog, notes: list[str]) -> tuple[Catalog, Catalog]:
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


def same_public_owner(expected: Catalog, actual: Catalog) -> Catalog:
    """Take initdb's own schema public for one: up to 14 the first superuser owns it, then `pg_database_owner`."""
    ours, theirs = (catalog.records.get(Schema.KIND, {}).get(("public",)) for catalog in (expected, actual))
    if not isinstance(ours, Schema) or not isinstance(theirs, Schema) or (expected.major < 15) == (actual.major < 15):
        return expected
    if ours.owner != _owner_by_initdb(expected) or theirs.owner != _owner_by_initdb(actual):
        return expected
    return with_record(expected, map_record(ours, {ours.owner: theirs.owner}))


def _owner_by_initdb(catalog: Catalog) -> str | None:
    return "pg_database_owner" if catalog.major >= 15 else bootstrap_role(catalog)
