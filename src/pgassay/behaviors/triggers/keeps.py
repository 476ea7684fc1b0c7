"""`keeps`: a change that writes columns fails, or leaves them as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from pgassay.behaviors.scene import require_columns, say
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.trial import moved
from pgassay.behaviors.triggers.verdicts import list_rows, look_at, proves_nothing
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Keeps
from pgassay.findings import Finding

# What a change may fail with where nothing but the column itself forbids it: no privilege, a generated column.
_FORBIDDEN = frozenset({"42501", "428C9"})


def keeps(scene: Scene, expect: Keeps) -> Iterator[Finding]:
    """Put it to the test; without the triggers the change must really write the columns."""
    require_columns(scene.catalog, scene.table, expect.columns)
    before = scene.rows(expect.columns)
    unaided = _unaided(scene, expect)
    try:
        scene.run(scene.behavior.change)
    except psycopg.Error as error:
        if isinstance(unaided, psycopg.Error):
            yield from _fails_anyway(scene, error)
            return
        after = before
    else:
        after = scene.rows(expect.columns)
    for position, column in enumerate(expect.columns):
        if isinstance(unaided, Mapping) and not moved(before, unaided, position):
            hint = "change its value in a row that is there"
            raise scene.behavior.untriable("keeps", f"the change does not write {quote_name(column)}", hint=hint)
        if changed := moved(before, after, position):
            yield _changes(scene, column, changed)
    if gone := before.keys() - after.keys():
        yield _is_gone(scene, gone)


def _unaided(scene: Scene, expect: Keeps) -> Mapping[Key, Row] | psycopg.Error | None:
    """Try the change with the trigger, or all of them, switched off; None: the owner may not switch them off."""
    disabled = False
    try:
        with scene.without_trigger():
            disabled = True
            scene.run(scene.behavior.change)
            return scene.rows(expect.columns)
    except psycopg.Error as error:
        return error if disabled else None


def _fails_anyway(scene: Scene, error: psycopg.Error) -> Iterator[Finding]:
    """A column may be kept by what is no trigger; a change that is wrong fails as well, and shows nothing."""
    if scene.behavior.trigger is not None:
        yield proves_nothing(scene, f"the change fails with the trigger switched off, too: {say(error)}")
    elif (error.sqlstate or "")[:2] == "42" and error.sqlstate not in _FORBIDDEN:
        raise scene.behavior.untriable("change", say(error), hint="correct the change") from error


def _changes(scene: Scene, column: str, rows: set[Key]) -> Finding:
    return finding_of(
        scene.behavior,
        "column-changes",
        expected=f"the change fails, or leaves {quote_name(column)} as it is in each row of {scene.table}",
        found=f"it is another value in {list_rows(rows)}",
        mend=look_at(scene),
    )


def _is_gone(scene: Scene, rows: set[Key]) -> Finding:
    return finding_of(
        scene.behavior,
        "row-gone",
        expected=f"each row of {scene.table} is there after the change",
        found=f"there is no longer {list_rows(rows)}",
        mend=look_at(scene),
    )
