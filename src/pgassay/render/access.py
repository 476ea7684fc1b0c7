"""The matrix of role, object and action: as a table for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pgassay.behaviors.access.cells import Cell, Tried, without_parts
from pgassay.behaviors.access.matrix import Matrix
from pgassay.catalog.effective import whole
from pgassay.catalog.record import PUBLIC, one_line

FORMAT = 1
NOTHING = "-"
LEGEND = (
    "* by ownership   ^ as a superuser   + as a member of another role   ~ as everybody   "
    "! held, and denied   ? not held, and succeeds   = failed otherwise"
)
_MARKS = {"owner": "*", "superuser": "^", "member": "+", "PUBLIC": "~"}


def matrix_table(matrix: Matrix) -> list[list[str]]:
    """Return the lines of a table: a head with the roles, and for each object what each role can do with it."""
    head = ["object", *(one_line(role) for role in matrix.roles)]
    lines = [
        [one_line(label), *(_cells(cells.get(role, ())) for role in matrix.roles)]
        for label, cells in matrix.rows.items()
    ]
    return [head, *lines]


def matrix_text(matrix: Matrix) -> str:
    """Return the table as plain text, for a file or a pipe."""
    table = matrix_table(matrix)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in table)
    return "\n".join(line.rstrip() for line in lines)


def _cells(cells: Sequence[Cell]) -> str:
    """Return what a role can do with an object, in one line."""
    marked = [cell for cell in cells if _mark(cell) is not None]
    return ", ".join(_words(without_parts(marked))) or NOTHING


def _words(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the actions, each with its mark; those on columns together."""
    columns: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        action, mark = whole(cell.action), _mark(cell) or ""
        if action == cell.action:
            yield f"{action}{mark}"
        else:
            columns.setdefault((action, mark), []).append(one_line(cell.action[len(action) + 2 : -1]))
    yield from (f"{action} ({', '.join(names)}){mark}" for (action, mark), names in columns.items())


def _mark(cell: Cell) -> str | None:
    """Return what stands behind an action; None: the role cannot do it, and nobody expects it."""
    held = cell.declared is not None if cell.computed is None else cell.computed
    outcome = cell.tried.outcome if cell.tried else None
    if held and outcome is Tried.DENIED:
        return "!"
    if held and outcome is Tried.OTHERWISE:
        return "="
    if not held:
        return "?" if outcome is Tried.DONE else None
    if cell.role == PUBLIC:
        return ""  # what everybody can do, it can as everybody
    return next((mark for word, mark in _MARKS.items() if (cell.declared or "").startswith(word)), "")


def matrix_json(matrix: Matrix) -> str:
    """Return every cell with its three answers: `{"format": 1, "tried": true, "cells": [...]}`."""
    plain = {"format": FORMAT, "tried": matrix.tried, "cells": [_plain(cell) for cell in matrix.cells]}
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _plain(cell: Cell) -> dict[str, Any]:
    tried = cell.tried
    return {
        "role": cell.role,
        "object": cell.object.label,
        "action": cell.action,
        "declared": cell.declared,
        "computed": cell.computed,
        "tried": tried.outcome.value if tried else None,
        **({"sqlstate": tried.sqlstate} if tried and tried.sqlstate else {}),
        **({"said": tried.said} if tried and tried.said else {}),
    }
