"""Least privilege: the grants that no declared action needs, and the objects that no entry speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgassay.behaviors.access.asked import Asked, allowed, is_allowed, merged
from pgassay.behaviors.access.cells import Cell, role_text, without_parts
from pgassay.behaviors.access.declared import Declared, declared_cells
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import declared_roles
from pgassay.catalog.record import PUBLIC
from pgassay.contract.behavior import Privileges

SHOWN = 10  # objects; the others are counted
_GRANTED = ("granted", PUBLIC)


def unneeded(asked: Sequence[Asked], catalog: Catalog) -> Iterator[str]:
    """Yield a sentence for each object and role with grants that no entry's `can` needs, and one for what has no entry.

    Args:
        asked: What the entries are on. Objects that are only in entries about rows are left out: what their statements
            need is not known.
        catalog: The catalog whose grants are looked at.
    """
    on = merged(one for one in asked if isinstance(one.entry.expect, Privileges))
    spoken_of = {record.label for record, _ in on}
    needed = allowed(asked)
    found: dict[str, list[Cell]] = {}
    for cell in declared_cells(catalog, [PUBLIC, *declared_roles(catalog)], on):
        by_grant = (cell.declared or "").startswith(_GRANTED[: 1 if cell.role != PUBLIC else None])
        if by_grant and not is_allowed(needed, *cell.key):
            found.setdefault(f"on {cell.object.label} to {role_text(cell.role)}", []).append(cell)
    for what, cells in found.items():
        actions = ", ".join(cell.action for cell in without_parts(cells))
        yield f"granted, and needed by no entry: {actions} {what}"
    labels = [record.label for record in Declared(catalog).objects]
    yield from _uncovered([label for label in labels if label not in spoken_of])


def _uncovered(labels: Sequence[str]) -> Iterator[str]:
    if labels:
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        yield f"no [[access]] entry with privileges is on: {', '.join(labels[:SHOWN])}{more}"
