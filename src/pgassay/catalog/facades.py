"""Tables and views as one navigates them: the record's attributes, and what hangs on the relation by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import TYPES, Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.lookup import Parts
from pgassay.catalog.named import Named, unknown
from pgassay.catalog.record import Deparsed, Grant, Identity, Record, RoleName, quote_name
from pgassay.catalog.sight import Sight

Found = TypeVar("Found")
Relation = TypeVar("Relation", Table, View, MaterializedView)


class RelationFacade(Generic[Relation]):
    """A table or a view with what hangs on it; every attribute of its record is an attribute of this, but `columns`.

    Two are equal where all that hangs on them is equal, too; `record` is the relation alone.

    Class attributes:
        PARTS: The record classes of what hangs on it.

    Args:
        record: The record, as it is compared.
        catalog: Where what hangs on it is found.
    """

    __slots__ = ("_catalog", "record")

    PARTS: ClassVar[tuple[type[Record], ...]] = (Column,)

    record: Relation

    if TYPE_CHECKING:  # what __getattr__ finds in the record
        KIND: ClassVar[str]
        identity: Identity
        attributes: Mapping[str, Any]
        label: str
        summary: str

    def __init__(self, record: Relation, catalog: Parts) -> None:
        self.record = record
        self._catalog = catalog

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in RelationFacade.__slots__:  # not set yet: while being copied or unpickled
                raise AttributeError(name)
            return getattr(self.record, name)

    def __repr__(self) -> str:
        return repr(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RelationFacade) and self.everything() == other.everything()

    __hash__ = None  # type: ignore[assignment]  # records hold mappings

    def everything(self) -> tuple[Record, ...]:
        """Return its record and those of all that hangs on it, in a stable order."""
        return (self.record, *(record for part in self.PARTS for record in self._parts(part).values()))

    @property
    def columns(self) -> Named[Column]:
        """Its columns by name, in their order."""
        columns = self._parts(Column)
        order: list[Identity] = [(name,) for name in self.record.columns]
        found = {name: columns[name] for name in order if name in columns}
        return Named(f"column of {self.record.label}", found, seen=self._sight(Column))

    def column(self, name: str) -> Column:
        """Return one column."""
        return self.columns[name]

    @property
    def indexes(self) -> Named[Index]:
        """Its indexes by name, those of constraints included."""
        return self._named(Index)

    def index(self, name: str) -> Index:
        """Return one index."""
        return self.indexes[name]

    def indexes_on(self, *columns: str) -> Named[Index]:
        """Return the indexes that begin with these columns, in this order.

        Raises:
            UnknownNameError: There is no such column.
            BlindError: None is found, and one of the schema's indexes could not be read.
        """
        wanted = tuple(quote_name(self.columns[name].name) for name in columns)
        found = {
            name: index
            for name, index in self.indexes.records()
            if tuple(key.expression for key in index.columns[: len(wanted)]) == wanted
        }
        return self._some(Index, f"index on ({', '.join(wanted)})", found)

    @property
    def triggers(self) -> Named[Trigger]:
        """Its triggers by name."""
        return self._named(Trigger)

    def trigger(self, name: str) -> Trigger:
        """Return one trigger."""
        return self.triggers[name]

    @property
    def rules(self) -> Named[Rule]:
        """Its rules by name, but for the one that makes a view."""
        return self._named(Rule)

    def rule(self, name: str) -> Rule:
        """Return one rule."""
        return self.rules[name]

    def _named(self, part: type[Found]) -> Named[Found]:
        what = f"{cast(type[Record], part).KIND} of {self.record.label}"
        return Named(what, self._parts(part), seen=self._sight(part))

    def _some(self, part: type[Found], what: str, found: Mapping[Identity, Found]) -> Named[Found]:
        """Return those that were looked for; none is no answer where one of all could not be read."""
        if not found:
            self._sight(part).require_all()
        return Named(f"{what} of {self.record.label}", found, seen=self._sight(part))

    def _parts(self, part: type[Found]) -> Mapping[Identity, Found]:
        return self._catalog.parts(part, (self.record.schema, self.record.name))

    def _sight(self, part: type[Any]) -> Sight:
        """Labels of indexes do not name their table."""
        within = (self.record.schema,) if part is Index else (self.record.schema, self.record.name)
        return Sight(part.KIND, self._catalog.blind, within)


class TableFacade(RelationFacade[Table]):
    """A table with its columns, indexes, triggers, rules, constraints and policies."""

    __slots__ = ()

    PARTS = (Column, Constraint, Index, Trigger, Policy, Rule)

    if TYPE_CHECKING:  # what __getattr__ finds in the record
        schema: str
        name: str
        table_kind: str
        persistence: str
        access_method: str | None
        tablespace: str | None
        row_security: bool
        force_row_security: bool
        replica_identity: str
        options: Mapping[str, str]
        partition_key: Deparsed | None
        partition_bound: Deparsed | None
        parents: tuple[str, ...]
        owner: RoleName
        privileges: frozenset[Grant]
        comment: str | None
        detaching: bool
        of_type: str | None
        server: str | None

    @property
    def constraints(self) -> Named[Constraint]:
        """Its constraints by name."""
        return self._named(Constraint)

    def constraint(self, name: str) -> Constraint:
        """Return one constraint."""
        return self.constraints[name]

    def constraints_of(self, constraint_type: str, *columns: str) -> Named[Constraint]:
        """Return its constraints of one type: `constraints_of("foreign key", "user_id")`.

        Args:
            constraint_type: `check`, `foreign key`, `primary key`, `unique`, `exclusion` or `trigger`.
            columns: The constraint's columns, all and in their order; none: whatever they are.

        Raises:
            UnknownNameError: There is no such type, or no such column.
            BlindError: None is found, and one of the table's constraints could not be read.
        """
        if constraint_type not in TYPES.values():
            raise unknown("type of constraint", (constraint_type,), {(word,): word for word in TYPES.values()})
        wanted = tuple(self.columns[name].name for name in columns)
        on = f" on ({', '.join(map(quote_name, wanted))})" if wanted else ""
        found = {
            name: one
            for name, one in self.constraints.records()
            if one.constraint_type == constraint_type and wanted in {(), one.columns}
        }
        return self._some(Constraint, f"{constraint_type}{on}", found)

    @property
    def policies(self) -> Named[Policy]:
        """Its row security policies by name."""
        return self._named(Policy)

    def policy(self, name: str) -> Policy:
        """Return one policy."""
        return self.policies[name]


class ViewFacade(RelationFacade[View]):
    """A view with its columns, triggers and rules."""

    __slots__ = ()

    PARTS = (Column, Trigger, Rule)

    if TYPE_CHECKING:  # what __getattr__ finds in the record
        schema: str
        name: str
        definition: Deparsed
        options: Mapping[str, str]
        owner: RoleName
        privileges: frozenset[Grant]
        comment: str | None
        uses: tuple[str, ...]


class MaterializedViewFacade(RelationFacade[MaterializedView]):
    """A materialized view with its columns and indexes."""

    __slots__ = ()

    PARTS = (Column, Index)

    if TYPE_CHECKING:  # what __getattr__ finds in the record
        schema: str
        name: str
        definition: Deparsed
        populated: bool
        access_method: str
        tablespace: str | None
        options: Mapping[str, str]
        owner: RoleName
        privileges: frozenset[Grant]
        comment: str | None
        uses: tuple[str, ...]
