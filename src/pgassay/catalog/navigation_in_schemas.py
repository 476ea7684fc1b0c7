"""Finding one's way to what lives in a schema and is no relation: functions, operators, types, words."""

from __future__ import annotations

from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.base_types import BaseType, ShellType
from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.kinds.operators import Operator
from pgassay.catalog.kinds.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.lookup import Lookup
from pgassay.catalog.named import Named


class NavigationInSchemas(Lookup):
    """A mapping for each of these kinds, and a look-up by bare name."""

    __slots__ = ()

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
    def conversions(self) -> Named[Conversion]:
        """All conversions between encodings."""
        return self.of_kind(Conversion)

    def conversion(self, name: str, *, schema: str | None = None) -> Conversion:
        """Return the one conversion of this name."""
        return self.conversions.named(name, schema=schema)
