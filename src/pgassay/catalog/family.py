"""What lives and dies with what: an object whose parent is missing is not reported on top of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar, cast

from pgassay.catalog.base_types import BaseType, is_function_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.columns import Column
from pgassay.catalog.constraints import Constraint
from pgassay.catalog.default_privileges import DefaultPrivileges
from pgassay.catalog.functions import Function
from pgassay.catalog.indexes import Index
from pgassay.catalog.operator_families import OperatorClass, OperatorFamily, made_by
from pgassay.catalog.record import Identity, Record
from pgassay.catalog.roles import Membership, Role, RoleSetting
from pgassay.catalog.schemas import Schema
from pgassay.catalog.sequences import Sequence
from pgassay.catalog.sqltext import dotted
from pgassay.catalog.tables import Table
from pgassay.catalog.triggers import Trigger
from pgassay.catalog.types import RangeType, is_function_of_range
from pgassay.catalog.views import MaterializedView

R = TypeVar("R", bound=Record)
Key = tuple[str, Identity]
"""Kind and identity: what names an object within one catalog."""


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
            case Function():
                yield from (key_of(one) for one in self._of_kind(BaseType) if is_function_of(record, one))
                yield from (key_of(one) for one in self._of_kind(RangeType) if is_function_of_range(record, one))
            case OperatorFamily():
                maker = made_by(record, self._of_kind(OperatorClass))
                yield from () if maker is None else (key_of(maker),)
            case Membership():
                yield Role.KIND, (record.role,)
                yield Role.KIND, (record.member,)
            case RoleSetting():
                yield Role.KIND, (record.role,)
            case DefaultPrivileges():
                yield Role.KIND, (record.role,)
                yield Schema.KIND, (record.schema,)
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

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Identity]:
        """Qualified names of the kinds that others name in this way -> identities."""
        return {
            (kind, dotted(*identity)): identity
            for kind in (Table.KIND, Index.KIND, Column.KIND, Constraint.KIND, Trigger.KIND)
            for identity in self.catalog.records.get(kind, {})
        }
