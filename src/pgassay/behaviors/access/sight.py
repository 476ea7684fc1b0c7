"""Who can do what in a catalog, and for whom the policies of which table hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from pgassay.behaviors.access.cells import Cell
from pgassay.behaviors.access.declared import declared_cells
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import SUPERUSER, Access, declared_roles, whole
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.record import PUBLIC, Record, RoleName, quote_name


@dataclass(frozen=True)
class Sight:
    """A catalog, and who in it can do what and sees past what.

    Attributes:
        catalog: The catalog.
    """

    catalog: Catalog

    @cached_property
    def roles(self) -> Sequence[RoleName]:
        """The roles that somebody made."""
        return declared_roles(self.catalog)

    @cached_property
    def protected(self) -> Sequence[Table]:
        """The tables with row security."""
        tables = (cast(Table, record) for record in self.catalog.records.get("table", {}).values())
        return [table for table in tables if table.row_security]

    @cached_property
    def _able(self) -> Mapping[str, Sequence[Cell]]:
        found: dict[str, list[Cell]] = {}
        for cell in declared_cells(self.catalog, [PUBLIC, *self.roles]):
            if cell.declared is not None:
                found.setdefault(cell.object.label, []).append(cell)
        return found

    def able(self, record: Record, *actions: str) -> Sequence[RoleName]:
        """Return who can do one of some actions with an object, or with a column of it; everybody stands for all."""
        roles = [cell.role for cell in self._able.get(record.label, ()) if whole(cell.action) in actions]
        return [PUBLIC] if PUBLIC in roles else list(dict.fromkeys(roles))

    def acts_as(self, role: RoleName, other: RoleName) -> bool:
        """Tell whether a role has all rights of another: it is that one, can become it, or is a superuser."""
        acting = self._access.acting(role)
        return other in acting or SUPERUSER in acting or other in self._access.becoming(role)

    @cached_property
    def _access(self) -> Access:
        return Access(self.catalog)

    def bypasses(self, role: RoleName, table: Table) -> bool:
        """Tell whether the policies of a table do not hold for a role."""
        record = self._records.get(role)
        if record is not None and (record.superuser or record.bypass_rls):
            return True
        return role == table.owner and not table.force_row_security

    @cached_property
    def _records(self) -> Mapping[str, Role]:
        roles = (cast(Role, record) for record in self.catalog.records.get("role", {}).values())
        return {role.name: role for role in roles}

    def subject(self, roles: Sequence[RoleName], table: Table) -> list[RoleName]:
        """Return those of some roles for whom the policies of a table hold."""
        return [role for role in roles if not self.bypasses(role, table)]

    def parts(self, table: Table) -> Iterator[Table]:
        """Yield the partitions of a table, and what inherits from it, over all levels."""
        tables = [cast(Table, record) for record in self.catalog.records.get("table", {}).values()]
        for part in (one for one in tables if qualified(table) in one.parents):
            yield part
            yield from self.parts(part)

    def views(self, table: Table) -> Iterator[View]:
        """Yield the views over a table, those over other views included."""
        over = {qualified(table)}
        views = [cast(View, record) for record in self.catalog.records.get("view", {}).values()]
        while found := [view for view in views if over.intersection(view.uses)]:
            yield from found
            over |= set(map(qualified, found))
            views = [view for view in views if view not in found]


def qualified(record: Table | View | MaterializedView) -> str:
    """Return a relation's name as `uses` and `references` have it."""
    return f"{quote_name(record.schema)}.{quote_name(record.name)}"
