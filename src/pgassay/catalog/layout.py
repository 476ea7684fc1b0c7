"""How a snapshot is laid out, so that its diffs read well.

Each object stands under its label, below what it belongs to: a table's columns, constraints and indexes follow the
table. One line says one thing, and each object ends with its identity: a line that is always there, so that the one
before it keeps its comma whatever is added.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.family import Key, key_of
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
RANKS = {kind: rank for rank, kind in enumerate(RECORD_TYPES)}
RELATIONS = ("table", "materialized view")
"""What an index may be of."""


def in_order(catalog: Catalog) -> Iterator[Record]:
    """Yield all records, each followed by those that belong to it; kinds in the order in which databases are built."""
    parts: defaultdict[Key | None, list[Record]] = defaultdict(list)
    for record in catalog:
        parts[_whole(catalog, record)].append(record)
    return _below(None, parts)


def _whole(catalog: Catalog, record: Record) -> Key | None:
    """Return what the record is written below; None where that is nothing, or not in the catalog."""
    kinds, count = record.PARENT or ((), 0)
    identity = record.identity[:count]
    if isinstance(record, Index):
        kinds, identity = RELATIONS, (record.schema, record.table)
    return next(((kind, identity) for kind in kinds if identity in catalog.records.get(kind, {})), None)


def _below(key: Key | None, parts: Mapping[Key | None, list[Record]]) -> Iterator[Record]:
    for record in sorted(parts.get(key, ()), key=lambda record: (RANKS[record.KIND], record.identity)):
        yield record
        yield from _below(key_of(record), parts)


def lines(plain: Any, *, levels: int, indent: str = "", lead: str = "", tail: str = "") -> Iterator[str]:
    """Yield mappings and lists with one item a line, down to the given depth; what is deeper stays on its line.

    A tuple stays on its line wherever it is.
    """
    if not plain or not isinstance(plain, dict | list) or levels == 0:
        yield f"{indent}{lead}{inline(plain)}{tail}"
        return
    if isinstance(plain, dict):
        brackets, items = "{}", [(f"{inline(key)}: ", value) for key, value in plain.items()]
    else:
        brackets, items = "[]", [("", value) for value in plain]
    yield f"{indent}{lead}{brackets[0]}"
    for position, (key, value) in enumerate(items, 1):
        comma = "" if position == len(items) else ","
        yield from lines(value, levels=levels - 1, indent=indent + "  ", lead=key, tail=comma)
    yield f"{indent}{brackets[1]}{tail}"


def inline(plain: Any) -> str:
    """Return JSON on one line."""
    return ENCODER.encode(plain)
