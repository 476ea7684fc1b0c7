"""Cells of which the three answers differ, as findings: what has one cause is one finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from pgassay.behaviors.access.cells import Cell, Tried, role_text
from pgassay.behaviors.access.matrix import Matrix, schema_of
from pgassay.catalog.record import PUBLIC, quote_name
from pgassay.findings import Finding

SHOWN = 5  # of what has one cause; the others are counted


def disagreements(matrix: Matrix) -> list[Finding]:
    """Return what contradicts itself: declared and computed, or what is held and what comes of trying it."""
    return [*_computed_otherwise(matrix), *_undone(matrix), *_by_another_way(matrix)]


def _computed_otherwise(matrix: Matrix) -> Iterator[Finding]:
    for cell in matrix.cells:
        if cell.computed is not None and cell.computed is (cell.declared is None):
            yield Finding(
                rule="privilege-computed-otherwise",
                object=f"{cell.object.label} for {role_text(cell.role)}",
                expected=f"{cell.action}: {cell.declared or 'not granted'}, as the catalog declares it",
                found=f"the server says that the role {'has' if cell.computed else 'does not have'} it",
                mend="run it again; where it stays, it is a mistake of pgassay's: please report it",
            )


def _undone(matrix: Matrix) -> Iterator[Finding]:
    """What is held and denied all the same: by a closed schema, a view's owner, a trigger.

    What everybody has and is undone for everybody is said of PUBLIC alone.
    """
    undone = [cell for cell in matrix.cells if _held(cell) and _outcome(cell) is Tried.DENIED]
    everybody = {(cell.object.label, cell.action) for cell in undone if cell.role == PUBLIC}
    wanted = [
        cell
        for cell in undone
        if not (_only_public(cell) and closed_schema(cell, matrix))
        and (cell.role == PUBLIC or not _only_public(cell) or (cell.object.label, cell.action) not in everybody)
    ]
    for (_, said), cells in _grouped(wanted):
        yield Finding(
            rule="privilege-undone",
            object=f"{role_text(cells[0].role)}: {said}",
            expected=_list(cells),
            found=f"{said} [42501], as the role itself tries it",
            mend=_open(cells[0], matrix),
        )


def _by_another_way(matrix: Matrix) -> Iterator[Finding]:
    """What is denied by nothing; what everybody can do all the same is said of PUBLIC alone."""
    able = [cell for cell in matrix.cells if not _held(cell) and _outcome(cell) is Tried.DONE]
    everybody = {(cell.object.label, cell.action) for cell in able if cell.role == PUBLIC}
    for cell in able:
        if cell.role == PUBLIC or (cell.object.label, cell.action) not in everybody:
            yield Finding(
                rule="access-without-privilege",
                object=f"{cell.object.label} for {role_text(cell.role)}",
                expected=f"{cell.action} is denied, for it is not granted",
                found=f"{cell.action} succeeds, as the role itself tries it",
                mend=_close(cell),
            )


def _close(cell: Cell) -> str:
    if cell.object.KIND == "parameter privileges":
        return "everybody may set this parameter: what is granted on it does nothing, so revoke that"
    return "look at what the role owns and is a member of, and at the object's rules"


def _held(cell: Cell) -> bool:
    return cell.declared is not None if cell.computed is None else cell.computed


def _outcome(cell: Cell) -> Tried | None:
    return cell.tried.outcome if cell.tried else None


def _only_public(cell: Cell) -> bool:
    """PostgreSQL itself gives everybody EXECUTE and USAGE; to undo that is what a schema is closed for."""
    return (cell.declared or "").startswith(PUBLIC)


def closed_schema(cell: Cell, matrix: Matrix) -> str | None:
    """Return the schema that the object lives in where the role may not use it, else None."""
    schema = schema_of(cell.object)
    usage = matrix.by_key.get((cell.role, f"schema {quote_name(schema)}", "USAGE")) if schema else None
    return schema if usage is not None and not usage.able else None


def _grouped(cells: Iterable[Cell]) -> Iterator[tuple[tuple[str, str], list[Cell]]]:
    def cause(cell: Cell) -> tuple[str, str]:
        return cell.role, cell.tried.said if cell.tried else ""

    for key, group in groupby(sorted(cells, key=cause), key=cause):
        yield key, list(group)


def _list(cells: list[Cell]) -> str:
    lines = [f"{cell.action} on {cell.object.label}: {cell.declared}" for cell in cells[:SHOWN]]
    more = len(cells) - len(lines)
    return "\n".join([*lines, *([f"and {more} more"] if more else [])])


def _open(cell: Cell, matrix: Matrix) -> str:
    schema = closed_schema(cell, matrix)
    if schema is not None:
        return f"GRANT USAGE ON SCHEMA {quote_name(schema)} TO {quote_name(cell.role)};"
    return f"look at what {cell.object.label} uses with the rights of its owner, and at its triggers"
