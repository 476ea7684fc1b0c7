"""What `pg_identify_object` calls the objects that records describe, so that a label finds what it is on."""

from __future__ import annotations

from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.record import Record
from pgassay.catalog.sqltext import dotted, quote_name

Address = tuple[str, str]
"""Sort of object and name, by which the two ways to write them agree."""

SORTS = {
    "foreign table": "table",
    "procedure": Function.KIND,
    Enum.KIND: "type",
    Domain.KIND: "type",
    CompositeType.KIND: "type",
    RangeType.KIND: "type",
}
"""Kinds that one side tells apart and the other does not."""


def address(object_type: str, name: str) -> Address:
    """Return the address of what `pg_identify_object` named; it says of which sort of relation a column is."""
    sort = "column" if object_type.endswith(" column") else SORTS.get(object_type, object_type)
    return sort, name.replace("pg_catalog.", "").replace(", ", ",")


def address_of(record: Record) -> Address:
    """Return the address of what a record describes."""
    match record:
        case Constraint() | Policy() | Rule() | Trigger():
            name = f"{quote_name(record.name)} on {dotted(record.schema, record.table)}"
        case Function():
            name = f"{dotted(record.schema, record.name)}({record.arguments})"
        case _:
            name = dotted(*record.identity)
    return address(record.KIND, name)
