"""Indexes that no declared query uses."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import cast

from pgassay.behaviors.plans.foreign_keys import foreign_keys, leading
from pgassay.behaviors.plans.reasons import with_parents
from pgassay.behaviors.scene import Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.indexes import Index


def idle_indexes(catalog: Catalog, used: Set[tuple[str, str]]) -> Iterator[Index]:
    """Yield the indexes without a use; those that keep rows unique or serve a foreign key have one.

    Args:
        catalog: The database's catalog.
        used: Schema and name of the indexes that queries use; of a partition's the whole is used, too.
    """
    serving = {(key.schema, key.table, column) for key in foreign_keys(catalog) for column in key.columns}
    in_use = {name for index in used for name in with_parents(Relation(*index), catalog)}
    for record in catalog.records.get("index", {}).values():
        index = cast(Index, record)
        bound = index.unique or index.exclusion or index.parents
        if not (bound or _serves(index, serving) or str(Relation(index.schema, index.name)) in in_use):
            yield index


def _serves(index: Index, serving: Set[tuple[str, str, str]]) -> bool:
    return (index.schema, index.table, leading(index)) in serving
