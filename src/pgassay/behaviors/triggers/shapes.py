"""Ready shapes: a table that is only appended to, and one whose rows are marked rather than deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import psycopg

from pgassay.behaviors.scene import require_columns
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.trial import change, control
from pgassay.behaviors.triggers.verdicts import list_rows, look_at
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import AppendOnly, SoftDeletes
from pgassay.findings import Finding


def append_only(scene: Scene, _: AppendOnly) -> Iterator[Finding]:
    """UPDATE, DELETE and TRUNCATE fail, or leave every row as it is."""
    columns = scene.settable()
    before = scene.rows(columns)
    if not before:
        raise scene.behavior.untriable("append_only", f"{scene.table} is empty", hint='insert a row by "given"')
    update = scene.behavior.change or scene.noop(columns)
    # A no-op changes no value: whether it was let through shows in the row's version alone.
    same: Callable[[Row], object] = (lambda row: row.values) if scene.behavior.change else (lambda row: row.version)
    for word, text in {
        "UPDATE": update,
        "DELETE": scene.text("DELETE FROM {}"),
        "TRUNCATE": scene.text("TRUNCATE {}"),
    }.items():
        after = _tried(scene, text, columns)
        if after is None:
            continue
        if lost := {key for key, row in before.items() if key not in after or same(after[key]) != same(row)}:
            yield _takes(scene, word, lost)


def _tried(scene: Scene, text: str, columns: tuple[str, ...]) -> Mapping[Key, Row] | None:
    """Return the rows after a change that is rolled back; None where it fails."""
    with scene.rolled_back():
        try:
            scene.run(text)
        except psycopg.Error:
            return None
        return scene.rows(columns)


def _takes(scene: Scene, word: str, rows: set[Key]) -> Finding:
    return finding_of(
        scene.behavior,
        "rows-not-kept",
        expected=f"{word} of {scene.table} fails, or leaves its rows as they are",
        found=f"it {'changes' if word == 'UPDATE' else 'removes'} {list_rows(rows)}",
        mend=look_at(scene),
    )


def soft_deletes(scene: Scene, expect: SoftDeletes) -> Iterator[Finding]:
    """Rows that are deleted stay, and a column says that they are deleted; no other row is marked."""
    require_columns(scene.catalog, scene.table, (expect.column,))
    text = scene.behavior.change or scene.text("DELETE FROM {}")
    before = scene.rows((expect.column,))
    alive = _alive(scene, expect, before)
    unaided = control(scene, lambda: scene.rows((expect.column,)), text=text)
    if (failure := change(scene, text)) is not None:
        yield failure
        return
    after = scene.rows((expect.column,))
    deleted = alive if unaided is None else alive - unaided.keys()
    if not deleted or (unaided is None and scene.behavior.change):
        raise scene.behavior.untriable(
            "soft_deletes", "the change deletes no living row", hint="delete one that is not marked yet"
        )
    yield from _soft_verdicts(scene, expect, before, after, deleted)


def _soft_verdicts(
    scene: Scene,
    expect: SoftDeletes,
    before: Mapping[Key, Row],
    after: Mapping[Key, Row],
    deleted: set[Key],
) -> Iterator[Finding]:
    marked = {key for key in after.keys() & _alive(scene, expect, before) if _marked(scene, expect, after[key])}
    column = quote_name(expect.column)
    if gone := before.keys() - after.keys():
        yield _finding(
            scene, "row-really-deleted", "a row that is deleted stays", f"there is no longer {list_rows(gone)}"
        )
    if unmarked := (deleted & after.keys()) - marked:
        yield _finding(
            scene, "row-not-marked", f"{column} says which rows are deleted", f"it does not in {list_rows(unmarked)}"
        )
    if strays := marked - deleted:
        yield _finding(
            scene, "row-marked-otherwise", f"{column} is set in deleted rows alone", f"it is set in {list_rows(strays)}"
        )


def _finding(scene: Scene, rule: str, expected: str, found: str) -> Finding:
    return finding_of(scene.behavior, rule, expected=f"{expected}, in {scene.table}", found=found, mend=look_at(scene))


def _alive(scene: Scene, expect: SoftDeletes, rows: Mapping[Key, Row]) -> set[Key]:
    return {key for key, row in rows.items() if not _marked(scene, expect, row)}


def _marked(scene: Scene, expect: SoftDeletes, row: Row) -> bool:
    column = cast(Column, scene.catalog.records["column"][scene.table.schema, scene.table.name, expect.column])
    return row.values[0] == "true" if column.type == "boolean" else row.values[0] is not None
