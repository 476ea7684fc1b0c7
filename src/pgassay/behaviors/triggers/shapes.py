"""Ready shapes: a table that is only appended to, and one whose rows are marked rather than deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import psycopg

from pgassay.behaviors.mistakes import is_mistake, refuse_own_mistake
from pgassay.behaviors.scene import require_columns
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.trial import change, control, fails
from pgassay.behaviors.triggers.verdicts import list_rows, look_at, proves_nothing
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
    # A no-op changes no value: whether it was let through shows in the row's version alone.
    same: Callable[[Row], object] = (lambda row: row.values) if scene.behavior.change else (lambda row: row.version)

    def lost(after: Mapping[Key, Row]) -> set[Key]:
        return {key for key, row in before.items() if key not in after or same(after[key]) != same(row)}

    tries = _tries(scene, columns)
    yield from _needless(scene, {word: _unaided(scene, text, columns, lost) for word, text in tries.items()})
    for word, text in tries.items():
        after = _tried(scene, text, columns)
        if isinstance(after, psycopg.Error):
            yield from _mistakes(scene, word, after)
        elif rows := lost(after):
            yield _takes(scene, word, rows)


def _tries(scene: Scene, columns: tuple[str, ...]) -> Mapping[str, str]:
    """Return what is tried; a view cannot be truncated, and an UPDATE of it that changes nothing leaves no trace."""
    if scene.is_view and not scene.behavior.change:
        hint = 'say by "change" which UPDATE must do nothing'
        raise scene.behavior.untriable("append_only", f"{scene.table} is a view", hint=hint)
    tries = {"UPDATE": scene.behavior.change or scene.noop(columns), "DELETE": scene.text("DELETE FROM {}")}
    return tries if scene.is_view else {**tries, "TRUNCATE": scene.text("TRUNCATE {}")}


def _unaided(
    scene: Scene, text: str, columns: tuple[str, ...], lost: Callable[[Mapping[Key, Row]], set[Key]]
) -> set[Key] | None:
    """Return the rows that are lost without the trigger; None where that cannot be told."""
    return control(scene, lambda: lost(scene.rows(columns)), text=text, on_error=lambda _: set())


def _needless(scene: Scene, unaided: Mapping[str, set[Key] | None]) -> Iterator[Finding]:
    """Report an entry that would pass without its trigger."""
    if scene.trigger is None or None in unaided.values():
        return
    if not any(unaided.values()):
        yield proves_nothing(scene, f"{scene.table} keeps its rows with the trigger switched off, too")
    elif scene.behavior.change and not unaided["UPDATE"] and "update" in scene.trigger.events:
        yield proves_nothing(scene, "the change does nothing with the trigger switched off, too")


def _tried(scene: Scene, text: str, columns: tuple[str, ...]) -> Mapping[Key, Row] | psycopg.Error:
    """Return the rows after a change that is rolled back, or what it fails with."""
    with scene.rolled_back():
        try:
            scene.run(text)
        except psycopg.Error as error:
            return error
        return scene.rows(columns)


def _mistakes(scene: Scene, word: str, error: psycopg.Error) -> Iterator[Finding]:
    """Report what fails because it is wrong, and not because somebody says no."""
    if word == "UPDATE" and scene.behavior.change:
        refuse_own_mistake(scene.behavior, "change", error, scene.catalog)
    if is_mistake(error):
        yield fails(scene, error, f"{word} of {scene.table} is refused, or leaves its rows as they are")


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
        yield _finding(scene, "row-really-deleted", "a row that is deleted stays", f"it removes {list_rows(gone)}")
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
