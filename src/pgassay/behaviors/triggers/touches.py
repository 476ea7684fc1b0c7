"""`touches`: columns move in each row that the change writes, in no other, and not where nothing should move them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import cast

from pgassay.behaviors.scene import require_columns
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.trial import change, control, moved, written
from pgassay.behaviors.triggers.verdicts import does_not_move, is_gone, moves_otherwise, proves_nothing, swallows
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Touches
from pgassay.findings import Finding

Rows = Mapping[Key, Row]

_COARSE_TIME = re.compile(r"time(?:stamp)?\((?P<digits>[0-5])\)")


def touches(scene: Scene, expect: Touches) -> Iterator[Finding]:
    """Put it to the test."""
    require_columns(scene.catalog, scene.table, expect.columns)
    _let_the_clock_move(scene, expect.columns)
    if expect.noop:
        yield from _stands_still(
            scene, expect, "not_on_noop", _noop(scene, expect), "after an UPDATE that changes nothing"
        )
    if expect.unless is not None:
        yield from _stands_still(scene, expect, "unless", expect.unless, 'after "unless"')
    yield from _moves(scene, expect)


def _moves(scene: Scene, expect: Touches) -> Iterator[Finding]:
    """Make the change; every row that it writes must be there, written, and moved."""
    before = scene.rows(expect.columns)
    unaided = control(scene, lambda: scene.rows(expect.columns))
    if (failure := change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    after = scene.rows(expect.columns)
    rows = written(before, after if unaided is None else unaided)
    if not rows:
        yield proves_nothing(scene, "the change writes no row that was there before")
    if gone := rows - after.keys():
        yield is_gone(scene, gone)
    elif lost := {key for key in rows if after[key].version == before[key].version}:
        yield swallows(scene, lost)
    else:
        yield from _columns(scene, expect, rows, (before, after, unaided))


def _columns(scene: Scene, expect: Touches, rows: set[Key], seen: tuple[Rows, Rows, Rows | None]) -> Iterator[Finding]:
    before, after, unaided = seen
    for position, column in enumerate(expect.columns):
        if stuck := rows - moved(before, after, position):
            yield does_not_move(scene, column, stuck)
        if strays := moved(before, after, position) - rows:
            yield moves_otherwise(scene, column, strays, "in rows that the change does not write")
        if unaided is not None and rows and rows <= moved(before, unaided, position):
            yield proves_nothing(scene, f"{quote_name(column)} moves with the trigger switched off, too")


def _stands_still(scene: Scene, expect: Touches, key: str, text: str, when: str) -> Iterator[Finding]:
    """Make a change after which nothing must have moved."""
    before = scene.rows(expect.columns)
    if (failure := change(scene, text, key)) is not None:
        yield failure
        return
    after = scene.rows(expect.columns)
    # An UPDATE of all rows that changes nothing may well be suppressed.
    if not (before if key == "not_on_noop" else written(before, after)):
        yield proves_nothing(scene, f'"{key}" writes no row')
    for position, column in enumerate(expect.columns):
        if strays := moved(before, after, position):
            yield moves_otherwise(scene, column, strays, when)


def _noop(scene: Scene, expect: Touches) -> str:
    """Return an UPDATE that sets every column that may be set, the touched ones apart, to what it is."""
    settable = tuple(column for column in scene.settable() if column not in expect.columns)
    if not settable:
        raise scene.behavior.untriable(
            "not_on_noop", f"{scene.table} has no other column to set", hint="take the key out"
        )
    return scene.noop(settable)


def _let_the_clock_move(scene: Scene, columns: tuple[str, ...]) -> None:
    """A timestamp(0) stands still for a second: wait for one tick of the coarsest column."""
    types = [
        cast(Column, record).type
        for identity, record in scene.catalog.records.get("column", {}).items()
        if identity[:2] == (scene.table.schema, scene.table.name) and identity[2] in columns
    ]
    digits = [int(match["digits"]) for text in types if (match := _COARSE_TIME.search(text))]
    if digits:
        time.sleep(10.0 ** -min(digits))
