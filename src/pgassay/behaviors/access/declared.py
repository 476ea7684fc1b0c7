"""The first answer: what the catalog's grants give a role, and the path by which it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, cast

from pgassay.behaviors.access.cells import Cell
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import OWNERSHIP, SUPERUSER, Access, whole
from pgassay.catalog.grantable import COLUMN_PRIVILEGES, KINDS
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.record import PUBLIC, Identity, Record, RoleName, quote_name

RELATIONS = frozenset({"table", "view", "materialized view"})
TYPES = ("enum", "domain", "composite type", "range type", "base type")
_OBJECT_TYPES = {
    **dict.fromkeys(RELATIONS, "tables"),
    "sequence": "sequences",
    "function": "functions",
    "aggregate": "functions",
    "schema": "schemas",
    "large object": "large objects",
    **dict.fromkeys(TYPES, "types"),
}

Acting = Mapping[RoleName, tuple[RoleName, ...]]


def declared_cells(
    catalog: Catalog, roles: Iterable[RoleName], on: Iterable[tuple[Record, Iterable[str]]] | None = None
) -> Iterator[Cell]:
    """Yield a cell for each role, object and action, with the path by which the catalog gives it.

    Args:
        catalog: Any catalog with its memberships.
        roles: The roles; PUBLIC stands for what everybody can do.
        on: Objects, each with the actions; default: every object, with what there is on it (`Declared.actions`).
    """
    declared = Declared(catalog)
    wanted = list(on) if on is not None else [(record, declared.actions(record)) for record in declared.objects]
    for role in roles:
        acting = declared.access.acting(role)
        for record, actions in wanted:
            paths = declared.paths(acting, record)
            for action in actions:
                yield Cell(role=role, object=record, action=action, declared=_path(paths, action))


def _path(paths: Mapping[str, str], action: str) -> str | None:
    """What is held on the whole is held on a column."""
    return paths.get(action, paths.get(whole(action)))


class Declared:
    """What a catalog declares.

    Attributes:
        access: Who can act as whom.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.access = Access(catalog)

    @cached_property
    def objects(self) -> tuple[Record, ...]:
        """Everything that there are privileges on."""
        return tuple(record for kind in KINDS for record in self.catalog.records.get(kind, {}).values())

    @cached_property
    def columns(self) -> Mapping[Identity, tuple[Column, ...]]:
        """The columns of each relation, in order."""
        found: dict[Identity, list[Column]] = {}
        for record in self.catalog.records.get("column", {}).values():
            column = cast(Column, record)
            found.setdefault((column.schema, column.table), []).append(column)
        return {relation: tuple(columns) for relation, columns in found.items()}

    def actions(self, record: Record) -> tuple[str, ...]:
        """Return the actions that there are on an object, and on each of its columns what is granted on any of them."""
        on = self.access.on(record.KIND)
        granted = {grant.privilege for _, grant in self.access.column_grants.get(record.identity, ())}
        if record.KIND not in RELATIONS or not granted:
            return on
        columns = [column.name for column in self.columns.get(record.identity, ())]
        return (*on, *(on_column(action, name) for action in sorted(granted) for name in columns))

    def paths(self, acting: Acting, record: Record) -> Mapping[str, str]:
        """Return each action that a role has on an object, with the nearest path to it.

        Args:
            acting: In whose place the role acts (`Access.acting`).
            record: The object.
        """
        found: dict[str, str] = {}
        for other, chain in acting.items():
            for action in self.access.held(other, record):
                found.setdefault(action, self._path(other, chain, record, action))
        if record.identity in self.access.column_grants:
            found.update(self._by_columns(found, record))
        return {action: path for action, path in found.items() if action != OWNERSHIP}

    def _path(self, acting: RoleName, chain: tuple[RoleName, ...], record: Record, action: str) -> str:
        if acting == SUPERUSER:
            return "superuser"
        if chain:
            return f"member of {', '.join(map(quote_name, chain))}"
        if acting == getattr(record, "owner", None):
            return "owner"
        option = " with grant option" if (acting, action) in self._passed_on(record) else ""
        by_default = " (default privileges)" if (acting, action) in self._defaults(record) else ""
        return (PUBLIC if acting == PUBLIC else "granted") + option + by_default

    def _passed_on(self, record: Record) -> set[tuple[RoleName, str]]:
        """Return what grantees may grant to others."""
        columns = self.access.column_grants.get(record.identity, ())
        whole_ones = {(grant.grantee, grant.privilege) for grant in cast(Any, record).privileges if grant.grantable}
        return whole_ones | {(g.grantee, on_column(g.privilege, name)) for name, g in columns if g.grantable}

    def _defaults(self, record: Record) -> set[tuple[RoleName, str]]:
        """Return what the owner's default privileges would give on such an object."""
        owner, kind = getattr(record, "owner", ""), _OBJECT_TYPES.get(record.KIND, "")
        records = self.catalog.records.get("default privileges", {})
        keys = [(owner, schema, kind) for schema in ("", getattr(record, "schema", ""))]
        rows = [cast(DefaultPrivileges, records[key]) for key in keys if key in records]
        return {(grant.grantee, grant.privilege) for row in rows for grant in row.privileges}

    def _by_columns(self, found: Mapping[str, str], record: Record) -> Iterator[tuple[str, str]]:
        """Yield what is not granted on the relation, and yet on each of its columns: the same to whoever acts."""
        for action in COLUMN_PRIVILEGES - found.keys():
            names = [column.name for column in self.columns.get(record.identity, ()) if takes(action, column)]
            if names and all(on_column(action, name) in found for name in names):
                yield action, "each column"


def takes(action: str, column: Column) -> bool:
    """Return whether an action on the whole relation is one on this column: nobody writes into what is generated."""
    return action not in {"INSERT", "UPDATE"} or not (column.generated or column.identity_column == "always")


def on_column(action: str, column: str) -> str:
    """Return an action on one column alone, as `SELECT (email)`."""
    return f"{action} ({quote_name(column)})"
