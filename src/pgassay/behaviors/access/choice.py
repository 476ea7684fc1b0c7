"""A part of the matrix: some roles, and some objects."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pgassay.behaviors.access.asked import On, actions_on
from pgassay.behaviors.access.declared import Declared
from pgassay.behaviors.access.matrix import schema_of
from pgassay.behaviors.access.objects import find_objects
from pgassay.behaviors.scene import MissingError
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Record, RoleName, quote_name
from pgassay.errors import UsageError


def choose_roles(names: Sequence[str], among: Sequence[RoleName]) -> list[RoleName]:
    """Return the roles that are named, in the order of the matrix.

    Raises:
        UsageError: One of them is not there; the nearest are named.
    """
    for name in names:
        if name not in among:
            near = get_close_matches(name, among, n=3)
            there = f"near it: {', '.join(map(quote_name, near or among))}"
            raise UsageError(f"there is no role {quote_name(name)} in the matrix", hint=there)
    return [role for role in among if role in names]


def choose_objects(catalog: Catalog, texts: Sequence[str]) -> list[On]:
    """Return the objects that are named as in an entry's `on`, each with its actions, after their schemas.

    Without the schema it could not be told why what is granted in it is denied.

    Raises:
        UsageError: One of them is not there; the nearest are named.
    """
    declared = Declared(catalog)
    try:
        found = find_objects(catalog, texts)
    except MissingError as missing:
        raise UsageError(f"{missing.expected}: {missing.found}") from None
    named = {schema_of(record) for record, _ in found}
    schemas = [record for (name,), record in catalog.records.get("schema", {}).items() if name in named]
    chosen: dict[str, tuple[Record, dict[str, None]]] = {}
    for record, columns in [*((schema, ()) for schema in schemas), *found]:
        actions = chosen.setdefault(record.label, (record, {}))[1]
        actions.update(dict.fromkeys(actions_on(declared, record, columns)))
    return [(record, list(actions)) for record, actions in chosen.values()]
