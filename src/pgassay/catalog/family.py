"""What lives and dies with what: an object whose parent is missing is not reported on top of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar, cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.identified import Address, address, address_of
from pgassay.catalog.kinds.base_types import BaseType, is_function_of
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily, made_by
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.publications import PublicationSchema, PublicationTable
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import RangeType, is_function_of_range
from pgassay.catalog.kinds.views import MaterializedView
from pgassay.catalog.record import Identity, Record
from pgassay.catalog.sqltext import dotted

R = TypeVar("R", bound=Record)
Key = tuple[str, Identity]
"""Kind and identity: what names an object within one catalog."""

NAMED = (Table.KIND, MaterializedView.KIND, Index.KIND, Column.KIND, Constraint.KIND, Trigger.KIND)
"""Kinds that others name by a qualified name."""


def key_of(record: Record) -> Key:
    """Return what names the record within its catalog."""
    return record.KIND, record.identity


class Family:
    """The ties between the objects of one catalog.

    Args:
        catalog: Whose objects are asked for.
        expected: Whether it is the expected catalog, or the actual one.
    """

    def __init__(self, catalog: Catalog, *, expected: bool = True) -> None:
        self.catalog = catalog
        self.expected = expected

    def parents(self, record: Record) -> Iterator[Record]:
        """Yield the objects of this catalog that the record lives and dies with, the nearest first."""
        for kind, identity in self._keys(record):
            parent = self.catalog.records.get(kind, {}).get(identity)
            if parent is not None:
                yield parent

    def _keys(self, record: Record) -> Iterator[Key]:
        yield from self._tied_by_definition(record)
        yield from self._tied_by_making(record)
        yield from self._tied_by_name(record)
        yield from self._tied_by_inheritance(record)
        if record.PARENT is not None:
            kinds, parts = record.PARENT
            yield from ((kind, record.identity[:parts]) for kind in kinds)

    def _tied_by_definition(self, record: Record) -> Iterator[Key]:
        match record:
            case Index():
                if record.constraint is not None:
                    yield Constraint.KIND, (record.schema, record.table, record.constraint)
                yield Table.KIND, (record.schema, record.table)
                yield MaterializedView.KIND, (record.schema, record.table)
            case Constraint(constraint_type="trigger"):
                yield Trigger.KIND, record.identity
            case Sequence(owned_by=str(column)):
                yield from self._column_and_table(column)
            case StatisticsObject():
                yield from self._named(Table, record.table)
                yield from self._named(MaterializedView, record.table)
            case PublicationTable():
                yield Table.KIND, (record.schema, record.table)
            case PublicationSchema():
                yield Schema.KIND, (record.schema,)
            case SecurityLabel() | ExtensionDependence():
                yield from self._at(record.object_type, record.name)
            case _:
                return

    def _tied_by_making(self, record: Record) -> Iterator[Key]:
        """Yield the keys of what brought the record along when it was made, or cannot be without it."""
        match record:
            case Function():
                yield from (key_of(one) for one in self._of_kind(BaseType) if is_function_of(record, one))
                yield from (key_of(one) for one in self._of_kind(RangeType) if is_function_of_range(record, one))
            case OperatorFamily():
                maker = made_by(record, self._of_kind(OperatorClass))
                yield from () if maker is None else (key_of(maker),)
            case _:
                return

    def _tied_by_name(self, record: Record) -> Iterator[Key]:
        """Yield the keys of roles, schemas and extensions that the record names, or that its table belongs to."""
        match record:
            case Membership():
                yield Role.KIND, (record.role,)
                yield Role.KIND, (record.member,)
            case RoleSetting() | RoleSecurityLabel() | UserMapping():
                yield Role.KIND, (record.role,)
            case DefaultPrivileges():
                yield Role.KIND, (record.role,)
                yield Schema.KIND, (record.schema,)
            case (
                ExtensionDependence()
                | SecurityLabel(extension=str())
                | Trigger(extension=str())
                | Rule(extension=str())
                | Policy(extension=str())
            ):
                yield Extension.KIND, (str(record.extension),)
            case _:
                return

    def _of_kind(self, record_type: type[R]) -> Iterable[R]:
        return cast(Iterable[R], self.catalog.records.get(record_type.KIND, {}).values())

    def _tied_by_inheritance(self, record: Record) -> Iterator[Key]:
        match record:
            case Table(partition_bound=str(), parents=names):
                yield from self._named(Table, *names)
            case Index(parents=names):
                yield from self._named(Index, *names)
            case Constraint(parent=str(name)) | Trigger(parent=str(name)):
                yield from self._named(type(record), name)
            case Column(local=False) | Constraint(local=False):
                table = self.catalog.records.get(Table.KIND, {}).get((record.schema, record.table))
                parents = table.parents if isinstance(table, Table) else ()
                yield from ((record.KIND, (*parent, record.name)) for _, parent in self._named(Table, *parents))
            case _:
                return

    def _named(self, record_type: type[Record], *names: str) -> Iterator[Key]:
        """Yield the keys of the objects that have these qualified names, as SQL writes them."""
        keys = ((record_type.KIND, self._by_name.get((record_type.KIND, name))) for name in names)
        yield from ((kind, identity) for kind, identity in keys if identity is not None)

    def _column_and_table(self, name: str) -> Iterator[Key]:
        for _, column in self._named(Column, name):
            yield Column.KIND, column
            yield Table.KIND, column[:2]

    def _at(self, object_type: str, name: str) -> Iterator[Key]:
        """Yield the key of the object that `pg_identify_object` calls so, where it has a record."""
        key = self._by_address.get(address(object_type, name))
        if key is not None:
            yield key

    @cached_property
    def _by_address(self) -> dict[Address, Key]:
        return {address_of(record): key_of(record) for record in self.catalog}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Identity]:
        """Kind and qualified name -> identity."""
        return {
            (kind, dotted(*identity)): identity for kind in NAMED for identity in self.catalog.records.get(kind, {})
        }
