"""Finding one's way in a catalog: `catalog.table("users").index("users_email_key").unique`.

A name that is not there raises an error that offers the nearest ones, so that a typing error is told from a missing
object, and a test that fails says what was there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pgassay.catalog.aggregates import Aggregate
from pgassay.catalog.base_types import BaseType, ShellType
from pgassay.catalog.collations import Collation
from pgassay.catalog.conversions import Conversion
from pgassay.catalog.database import Database
from pgassay.catalog.event_triggers import EventTrigger
from pgassay.catalog.extended_statistics import StatisticsObject
from pgassay.catalog.extension_dependences import ExtensionDependence
from pgassay.catalog.extensions import Extension
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.functions import Function
from pgassay.catalog.indexes import Index
from pgassay.catalog.named import Named
from pgassay.catalog.navigation_outside import NavigationOutsideSchemas
from pgassay.catalog.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.operators import Operator
from pgassay.catalog.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.record import Identity
from pgassay.catalog.roles import Membership, Role, RoleSetting
from pgassay.catalog.rules import Rule
from pgassay.catalog.schemas import Schema
from pgassay.catalog.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.sequences import Sequence
from pgassay.catalog.subscriptions import Subscription
from pgassay.catalog.tables import Table
from pgassay.catalog.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from pgassay.catalog.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.views import MaterializedView, View

Found = TypeVar("Found")
Relation = TypeVar("Relation", Table, View, MaterializedView)


class Navigation(NavigationOutsideSchemas):
    """What a catalog offers to find its way: a mapping for each kind, and a look-up by bare name for each."""

    __slots__ = ()

    if TYPE_CHECKING:
        _groups: dict[Any, Any]

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
        return self._facades(Table, lambda record: TableFacade(record, self.parts))

    def table(self, name: str, *, schema: str | None = None) -> TableFacade:
        """Return the one table of this name; in two schemas it is an error that lists them."""
        return self.tables.named(name, schema=schema)

    @property
    def views(self) -> Named[ViewFacade]:
        """All views."""
        return self._facades(View, lambda record: ViewFacade(record, self.parts))

    def view(self, name: str, *, schema: str | None = None) -> ViewFacade:
        """Return the one view of this name."""
        return self.views.named(name, schema=schema)

    @property
    def materialized_views(self) -> Named[MaterializedViewFacade]:
        """All materialized views."""
        return self._facades(MaterializedView, lambda record: MaterializedViewFacade(record, self.parts))

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
    def functions(self) -> Named[Function]:
        """All functions and procedures: `functions["public", "f", "integer, text"]`."""
        return self.of_kind(Function)

    def function(self, name: str, arguments: str | None = None, *, schema: str | None = None) -> Function:
        """Return the one function or procedure of this name.

        Args:
            name: Its bare name.
            arguments: The types of its arguments, as `integer, text`; needed where the name is overloaded.
            schema: Needed where several schemas have one.
        """
        return self.functions.overloaded(name, {"schema": schema, "arguments": arguments})

    @property
    def aggregates(self) -> Named[Aggregate]:
        """All aggregates: `aggregates["public", "total", "integer"]`."""
        return self.of_kind(Aggregate)

    def aggregate(self, name: str, arguments: str | None = None, *, schema: str | None = None) -> Aggregate:
        """Return the one aggregate of this name; arguments and schema as for `function`."""
        return self.aggregates.overloaded(name, {"schema": schema, "arguments": arguments})

    @property
    def operators(self) -> Named[Operator]:
        """All operators: `operators["public", "===", "integer", "text"]`; a prefix operator's left is `NONE`."""
        return self.of_kind(Operator)

    def operator(
        self, name: str, left: str | None = None, right: str | None = None, *, schema: str | None = None
    ) -> Operator:
        """Return the one operator of this name; types and schema are needed where there are several."""
        return self.operators.overloaded(name, {"schema": schema, "left": left, "right": right})

    @property
    def operator_classes(self) -> Named[OperatorClass]:
        """All operator classes: `operator_classes["public", "pair_ops", "btree"]`."""
        return self.of_kind(OperatorClass)

    def operator_class(self, name: str, method: str | None = None, *, schema: str | None = None) -> OperatorClass:
        """Return the one operator class of this name; method and schema are needed where there are several."""
        return self.operator_classes.overloaded(name, {"schema": schema, "method": method})

    @property
    def operator_families(self) -> Named[OperatorFamily]:
        """All operator families: `operator_families["public", "pair_ops", "btree"]`."""
        return self.of_kind(OperatorFamily)

    def operator_family(self, name: str, method: str | None = None, *, schema: str | None = None) -> OperatorFamily:
        """Return the one operator family of this name; method and schema are needed where there are several."""
        return self.operator_families.overloaded(name, {"schema": schema, "method": method})

    @property
    def collations(self) -> Named[Collation]:
        """All collations."""
        return self.of_kind(Collation)

    def collation(self, name: str, *, schema: str | None = None) -> Collation:
        """Return the one collation of this name."""
        return self.collations.named(name, schema=schema)

    @property
    def text_search_configurations(self) -> Named[TextSearchConfiguration]:
        """All text search configurations."""
        return self.of_kind(TextSearchConfiguration)

    def text_search_configuration(self, name: str, *, schema: str | None = None) -> TextSearchConfiguration:
        """Return the one text search configuration of this name."""
        return self.text_search_configurations.named(name, schema=schema)

    @property
    def text_search_dictionaries(self) -> Named[TextSearchDictionary]:
        """All text search dictionaries."""
        return self.of_kind(TextSearchDictionary)

    def text_search_dictionary(self, name: str, *, schema: str | None = None) -> TextSearchDictionary:
        """Return the one text search dictionary of this name."""
        return self.text_search_dictionaries.named(name, schema=schema)

    @property
    def text_search_parsers(self) -> Named[TextSearchParser]:
        """All text search parsers."""
        return self.of_kind(TextSearchParser)

    @property
    def text_search_templates(self) -> Named[TextSearchTemplate]:
        """All text search templates."""
        return self.of_kind(TextSearchTemplate)

    @property
    def base_types(self) -> Named[BaseType]:
        """All base types."""
        return self.of_kind(BaseType)

    def base_type(self, name: str, *, schema: str | None = None) -> BaseType:
        """Return the one base type of this name."""
        return self.base_types.named(name, schema=schema)

    @property
    def shell_types(self) -> Named[ShellType]:
        """All types that are declared and not defined."""
        return self.of_kind(ShellType)

    @property
    def enums(self) -> Named[Enum]:
        """All enums."""
        return self.of_kind(Enum)

    def enum(self, name: str, *, schema: str | None = None) -> Enum:
        """Return the one enum of this name."""
        return self.enums.named(name, schema=schema)

    @property
    def domains(self) -> Named[Domain]:
        """All domains."""
        return self.of_kind(Domain)

    def domain(self, name: str, *, schema: str | None = None) -> Domain:
        """Return the one domain of this name."""
        return self.domains.named(name, schema=schema)

    @property
    def composite_types(self) -> Named[CompositeType]:
        """All composite types that stand on their own."""
        return self.of_kind(CompositeType)

    def composite_type(self, name: str, *, schema: str | None = None) -> CompositeType:
        """Return the one composite type of this name."""
        return self.composite_types.named(name, schema=schema)

    @property
    def range_types(self) -> Named[RangeType]:
        """All range types."""
        return self.of_kind(RangeType)

    def range_type(self, name: str, *, schema: str | None = None) -> RangeType:
        """Return the one range type of this name."""
        return self.range_types.named(name, schema=schema)

    @property
    def statistics_objects(self) -> Named[StatisticsObject]:
        """All that CREATE STATISTICS made."""
        return self.of_kind(StatisticsObject)

    def statistics_object(self, name: str, *, schema: str | None = None) -> StatisticsObject:
        """Return the one statistics object of this name."""
        return self.statistics_objects.named(name, schema=schema)

    @property
    def rules(self) -> Named[Rule]:
        """All rules, by schema, table and name; `table("users").rule("quiet")` is one of them."""
        return self.of_kind(Rule)

    @property
    def event_triggers(self) -> Named[EventTrigger]:
        """All event triggers."""
        return self.of_kind(EventTrigger)

    def event_trigger(self, name: str) -> EventTrigger:
        """Return one event trigger."""
        return self.event_triggers[name]

    @property
    def publications(self) -> Named[Publication]:
        """All publications."""
        return self.of_kind(Publication)

    def publication(self, name: str) -> Publication:
        """Return one publication."""
        return self.publications[name]

    @property
    def publication_tables(self) -> Named[PublicationTable]:
        """What publications say of tables, by publication, schema and table."""
        return self.of_kind(PublicationTable)

    @property
    def publication_schemas(self) -> Named[PublicationSchema]:
        """Whose tables are all published, by publication and schema."""
        return self.of_kind(PublicationSchema)

    @property
    def subscriptions(self) -> Named[Subscription]:
        """All subscriptions of this database."""
        return self.of_kind(Subscription)

    def subscription(self, name: str) -> Subscription:
        """Return one subscription."""
        return self.subscriptions[name]

    @property
    def security_labels(self) -> Named[SecurityLabel]:
        """All security labels but those of roles, by sort of object, schema, name and provider."""
        return self.of_kind(SecurityLabel)

    @property
    def role_security_labels(self) -> Named[RoleSecurityLabel]:
        """Security labels of roles, by role and provider."""
        return self.of_kind(RoleSecurityLabel)

    @property
    def extension_dependences(self) -> Named[ExtensionDependence]:
        """What DEPENDS ON EXTENSION said, by sort of object, schema, name and extension."""
        return self.of_kind(ExtensionDependence)

    @property
    def conversions(self) -> Named[Conversion]:
        """All conversions between encodings."""
        return self.of_kind(Conversion)

    def conversion(self, name: str, *, schema: str | None = None) -> Conversion:
        """Return the one conversion of this name."""
        return self.conversions.named(name, schema=schema)

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
    def roles(self) -> Named[Role]:
        """All roles that initdb did not make, and the superuser that it made."""
        return self.of_kind(Role)

    def role(self, name: str) -> Role:
        """Return one role."""
        return self.roles[name]

    @property
    def memberships(self) -> Named[Membership]:
        """Who belongs to which role, by role, member and grantor."""
        return self.of_kind(Membership)

    @property
    def role_settings(self) -> Named[RoleSetting]:
        """What ALTER ROLE ... SET left, by role, scope and name."""
        return self.of_kind(RoleSetting)

    def _facades(self, record: type[Relation], make: Callable[[Relation], Found]) -> Named[Found]:
        if record not in self._groups:
            self._groups[record] = {identity: make(one) for identity, one in self.of_kind(record).records()}
        return Named(record.KIND, cast(Mapping[Identity, Found], self._groups[record]))


def _by_relation(found: Named[Any]) -> dict[Identity, dict[Identity, Any]]:
    groups: dict[Identity, dict[Identity, Any]] = {}
    for _, record in found.records():
        groups.setdefault((record.schema, record.table), {})[record.name,] = record
    return groups
