"""Finding one's way in a catalog: `catalog.table("users").index("users_email_key").unique`.

A name that is not there raises an error that offers the nearest ones, so that a typing error is told from a missing
object, and a test that fails says what was there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pgassay.catalog.actors import Actor, RoleFacade
from pgassay.catalog.effective import Access
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.named import Named
from pgassay.catalog.navigation_in_schemas import NavigationInSchemas
from pgassay.catalog.navigation_outside import NavigationOutsideSchemas
from pgassay.catalog.record import PUBLIC, Identity
from pgassay.catalog.sight import Sight

if TYPE_CHECKING:
    from pgassay.catalog.catalog import Catalog

Found = TypeVar("Found")
Shown = TypeVar("Shown", Table, View, MaterializedView, Role)


class Navigation(NavigationInSchemas, NavigationOutsideSchemas):
    """What a catalog offers to find its way: a mapping for each kind, and a look-up by bare name for each."""

    __slots__ = ()

    def parts(self, record: type[Found], relation: Identity) -> Mapping[Identity, Found]:
        """Return what hangs on one relation, by bare name."""
        if record not in self._groups:
            self._groups[record] = _by_relation(self.of_kind(record))
        return cast(Mapping[Identity, Found], self._groups[record].get(relation, {}))

    @property
    def database(self) -> Database:
        """The database itself."""
        return cast(Database, self.records[Database.KIND][()])

    @property
    def tables(self) -> Named[TableFacade]:
        """All tables: `tables["public", "users"]`."""
        return self._facades(Table, lambda record: TableFacade(record, self))

    def table(self, name: str, *, schema: str | None = None) -> TableFacade:
        """Return the one table of this name; in two schemas it is an error that lists them."""
        return self.tables.named(name, schema=schema)

    @property
    def views(self) -> Named[ViewFacade]:
        """All views."""
        return self._facades(View, lambda record: ViewFacade(record, self))

    def view(self, name: str, *, schema: str | None = None) -> ViewFacade:
        """Return the one view of this name."""
        return self.views.named(name, schema=schema)

    @property
    def materialized_views(self) -> Named[MaterializedViewFacade]:
        """All materialized views."""
        return self._facades(MaterializedView, lambda record: MaterializedViewFacade(record, self))

    def materialized_view(self, name: str, *, schema: str | None = None) -> MaterializedViewFacade:
        """Return the one materialized view of this name."""
        return self.materialized_views.named(name, schema=schema)

    @property
    def indexes(self) -> Named[Index]:
        """All indexes."""
        return self.of_kind(Index)

    def index(self, name: str, *, schema: str | None = None) -> Index:
        """Return the one index of this name."""
        return self.indexes.named(name, schema=schema)

    @property
    def sequences(self) -> Named[Sequence]:
        """All sequences."""
        return self.of_kind(Sequence)

    def sequence(self, name: str, *, schema: str | None = None) -> Sequence:
        """Return the one sequence of this name."""
        return self.sequences.named(name, schema=schema)

    @property
    def rules(self) -> Named[Rule]:
        """All rules, by schema, table and name; `table("users").rule("quiet")` is one of them."""
        return self.of_kind(Rule)

    @property
    def schemas(self) -> Named[Schema]:
        """All schemas."""
        return self.of_kind(Schema)

    def schema(self, name: str) -> Schema:
        """Return one schema."""
        return self.schemas[name]

    @property
    def extensions(self) -> Named[Extension]:
        """All extensions."""
        return self.of_kind(Extension)

    def extension(self, name: str) -> Extension:
        """Return one extension."""
        return self.extensions[name]

    @property
    def roles(self) -> Named[RoleFacade]:
        """All roles that initdb did not make, and the superuser that it made."""
        return self._facades(Role, lambda record: RoleFacade(record, self.access))

    def role(self, name: str) -> RoleFacade:
        """Return one role: `role("app").can("SELECT", on="users")`."""
        return self.roles[name]

    @property
    def everybody(self) -> Actor:
        """What every role can do, by grants to PUBLIC: `not everybody.can("CREATE", on=schema)`."""
        return Actor(PUBLIC, self.access)

    @property
    def access(self) -> Access:
        """Who can act as whom."""
        if Access not in self._groups:
            self._groups[Access] = Access(cast("Catalog", self))
        return cast(Access, self._groups[Access])

    @property
    def memberships(self) -> Named[Membership]:
        """Who belongs to which role, by role, member and grantor."""
        return self.of_kind(Membership)

    @property
    def role_settings(self) -> Named[RoleSetting]:
        """What ALTER ROLE ... SET left, by role, scope and name."""
        return self.of_kind(RoleSetting)

    @property
    def default_privileges(self) -> Named[DefaultPrivileges]:
        """What ALTER DEFAULT PRIVILEGES left, by role, schema (empty: in every one) and sort of object."""
        return self.of_kind(DefaultPrivileges)

    @property
    def system_objects(self) -> Named[SystemObject]:
        """Objects of initdb and of extensions whose owner or privileges somebody changed, by sort and name."""
        return self.of_kind(SystemObject)

    def _facades(self, record: type[Shown], make: Callable[[Shown], Found]) -> Named[Found]:
        if record not in self._groups:
            found = {identity: make(one) for identity, one in self.of_kind(record).records()}
            self._groups[record] = Named(record.KIND, found, seen=Sight(record.KIND, self.blind))
        return cast(Named[Found], self._groups[record])


def _by_relation(found: Named[Any]) -> dict[Identity, dict[Identity, Any]]:
    groups: dict[Identity, dict[Identity, Any]] = {}
    for _, record in found.records():
        groups.setdefault((record.schema, record.table), {})[record.name,] = record
    return groups
