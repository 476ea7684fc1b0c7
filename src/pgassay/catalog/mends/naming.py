"""How statements name an object, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.base_types import BaseType, ShellType
from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.cluster import ParameterPrivileges
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.kinds.operators import Operator
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import CompositeType, Enum, RangeType
from pgassay.catalog.record import Record
from pgassay.catalog.sqltext import dotted, quote_name, role

WORDS = {
    Enum.KIND: "TYPE",
    CompositeType.KIND: "TYPE",
    RangeType.KIND: "TYPE",
    StatisticsObject.KIND: "STATISTICS",
    ForeignDataWrapper.KIND: "FOREIGN DATA WRAPPER",
    ForeignServer.KIND: "SERVER",
    BaseType.KIND: "TYPE",
    ShellType.KIND: "TYPE",
}
"""What ALTER and DROP call a kind where that is not its name."""


def named(record: Record) -> str:
    """Return the object as ALTER, DROP and COMMENT ON name it, such as `TABLE public.users`."""
    name = _NAMES.get(type(record))
    return name(record) if name else f"{_word(record.KIND)} {dotted(*record.identity)}"


def _word(kind: str) -> str:
    return WORDS.get(kind, kind.upper())


def _on_relation(record: Any) -> str:
    return f"{record.KIND.upper()} {quote_name(record.name)} ON {dotted(record.schema, record.table)}"


def _routine(record: Any) -> str:
    return f"ROUTINE {dotted(record.schema, record.name)}({record.arguments})"


def _of_method(record: Any) -> str:
    return f"{record.KIND.upper()} {dotted(record.schema, record.name)} USING {quote_name(record.method)}"


_NAMES: Mapping[type[Record], Callable[[Any], str]] = {
    Database: lambda _: "DATABASE {}",  # its own name is never known
    Table: lambda r: f"{'FOREIGN ' if r.table_kind == 'foreign table' else ''}TABLE {dotted(*r.identity)}",
    Constraint: _on_relation,
    Trigger: _on_relation,
    Policy: _on_relation,
    Rule: _on_relation,
    Function: _routine,
    Aggregate: _routine,
    Operator: lambda r: f"OPERATOR {quote_name(r.schema)}.{r.name} ({r.left}, {r.right})",
    OperatorClass: _of_method,
    OperatorFamily: _of_method,
    SystemObject: lambda r: f"{_word(r.object_type)} {r.name}",
    UserMapping: lambda r: f"USER MAPPING FOR {role(r.role)} SERVER {quote_name(r.server)}",
    Cast: lambda r: f"CAST ({r.source} AS {r.target})",
    Transform: lambda r: f"TRANSFORM FOR {r.type} LANGUAGE {quote_name(r.language)}",
    ParameterPrivileges: lambda r: f"PARAMETER {dotted(*r.name.split('.'))}",
    LargeObject: lambda r: f"LARGE OBJECT {'.'.join(r.identity)}",
}
