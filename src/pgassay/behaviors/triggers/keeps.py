"""`keeps`: a change that writes columns fails, or leaves them as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from pgassay.behaviors.mistakes import is_mistake, refuse_own_mistake
from pgassay.behaviors.scene import require_columns, say
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.trial import fails, moved
from pgassay.behaviors.triggers.verdicts import is_gone, list_rows, look_at, proves_nothing
from pgassay.behaviors.verdicts import finding_of, quote_value
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Keeps
from pgassay.findings import Finding


def keeps(scene: Scene, expect: Keeps) -> Iterator[Finding]:
    """Put it to the test; without the triggers the change must really write the columns."""
    require_columns(scene.catalog, scene.table, expect.columns)
    before = scene.rows(expect.columns)
    unaided = _unaided(scene, expect)
    try:
        scene.run(scene.behavior.change)
    except psycopg.Error as error:
        refuse_own_mistake(scene.behavior, "change", error, scene.catalog)
        if is_mistake(error):
            yield fails(scene, error, "the change is refused, or leaves the column as it is")
            return
        if isinstance(unaided, psycopg.Error) and not scene.is_view:  # which may take no write but by its trigger
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
            yield _changes(scene, column, changed, _value(before, after, min(changed), position))
    if gone := before.keys() - after.keys():
        yield is_gone(scene, gone)


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
    """A column may be kept by what is no trigger."""
    if scene.behavior.trigger is not None:
        yield proves_nothing(scene, f"the change fails with the trigger switched off, too: {say(error)}")


def _value(before: Mapping[Key, Row], after: Mapping[Key, Row], key: Key, position: int) -> str:
    """Say what became of a value."""
    old, new = (quote_value(rows[key].values[position]) for rows in (before, after))
    return f"in ({', '.join(key)}) {new} in place of {old}"


def _changes(scene: Scene, column: str, rows: set[Key], value: str) -> Finding:
    return finding_of(
        scene.behavior,
        "column-changes",
        expected=f"the change fails, or leaves {quote_name(column)} as it is in each row of {scene.table}",
        found=f"it is another value in {list_rows(rows)}; {value}",
        mend=look_at(scene),
    )
