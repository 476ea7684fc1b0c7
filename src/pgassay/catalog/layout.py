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


def lay_out(plain: Any, *, levels: int) -> str:
    """Return JSON with one item a line, down to the given depth; what is deeper, and a tuple, stays on its line."""
    lines: list[str] = []

    def add(value: Any, depth: int, key: str, comma: str) -> None:
        indent = "  " * depth
        if not value or depth == levels or not isinstance(value, dict | list):
            lines.append(f"{indent}{key}{_inline(value)}{comma}")
            return
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        lines.append(f"{indent}{key}{opening}")
        items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for left, (name, item) in zip(range(len(value) - 1, -1, -1), items, strict=True):
            add(item, depth + 1, "" if name is None else f"{_inline(name)}: ", "," if left else "")
        lines.append(f"{indent}{closing}{comma}")

    add(plain, 0, "", "")
    return "\n".join(lines) + "\n"


def _inline(plain: Any) -> str:
    """Return JSON on one line; the encoder takes long for what is no text."""
    return "true" if plain is True else ENCODER.encode(plain)
