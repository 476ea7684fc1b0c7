"""Put a `[[trigger]]` entry of behavior.toml to the test, on a scratch database of its own.

`given` is committed, then `change` runs in another transaction, for `now()` stands still within one. Between the two
the same change is tried once with the trigger switched off, and rolled back: that shows which rows the change itself
writes, and whether the entry proves anything.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, TypeVar, cast

import psycopg

from pgassay.behaviors.scene import PATIENCE, Key, MissingError, Row, Scene, find_relation, require_columns, say
from pgassay.behaviors.verdicts import (
    condition,
    count_rows,
    does_not_move,
    finding_of,
    is_missing,
    look_at,
    moves_otherwise,
    proves_nothing,
    rejection,
)
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Rejects, Touches, TriggerBehavior, Writes
from pgassay.errors import ContractError
from pgassay.findings import Finding

T = TypeVar("T")
Connect = Callable[[], psycopg.Connection[Any]]

_COARSE_TIME = re.compile(r"time(?:stamp)?\((?P<digits>[0-5])\)")


def try_trigger(behavior: TriggerBehavior, connect: Connect, catalog: Catalog | None = None) -> tuple[Finding, ...]:
    """Run one entry and say what did not happen as it must.

    Args:
        behavior: The entry.
        connect: Opens a session as the owner on a scratch database that is this entry's alone.
        catalog: The catalog of that database; default: it is read.

    Raises:
        ContractError: `given` fails, or the entry asks what cannot be told; the entry is named.
    """
    try:
        with closing(connect()) as connection:
            connection.autocommit = True
            catalog = read_catalog(connection) if catalog is None else catalog
            table = find_relation(catalog, behavior.table)
            scene = Scene(behavior, connection, catalog, table)
            connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
            _require_trigger(scene)
            _give(scene)
            return tuple(_EXPERIMENTS[type(behavior.expect)](scene))
    except MissingError as missing:
        return (is_missing(behavior, missing),)


def _require_trigger(scene: Scene) -> None:
    name = scene.behavior.trigger
    if name is not None and scene.trigger is None:
        there = [
            i[2] for i in scene.catalog.records.get("trigger", {}) if i[:2] == (scene.table.schema, scene.table.name)
        ]
        found = f"there are: {', '.join(map(quote_name, there))}" if there else "it has no trigger"
        raise MissingError(f"a trigger {quote_name(name)} on {scene.table}", found)


def _give(scene: Scene) -> None:
    """Commit what the entry is given."""
    if not scene.behavior.given:
        return
    try:
        scene.run(scene.behavior.given)
    except psycopg.Error as error:
        raise ContractError(
            f'behavior "{scene.behavior.name}": "given" fails: {say(error)}',
            hint="the entry cannot be tried; correct it in behavior.toml",
        ) from error


def _touches(scene: Scene) -> Iterator[Finding]:
    """The columns move in each row that the change writes, and in no other."""
    expect = cast(Touches, scene.behavior.expect)
    require_columns(scene.catalog, scene.table, expect.columns)
    _let_the_clock_move(scene, expect.columns)
    if expect.unless is not None:
        yield from _unless(scene, expect)
    before = scene.rows(expect.columns)
    control = _control(scene, lambda: scene.rows(expect.columns))
    if (failure := _change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    after = scene.rows(expect.columns)
    written = _written(before, after if control is None else control)
    if not written & after.keys():
        yield proves_nothing(scene, "the change writes no row that was there before")
    for position, column in enumerate(expect.columns):
        moved = _moved(before, after, position)
        if stuck := (written & after.keys()) - moved:
            yield does_not_move(scene, column, stuck)
        if strays := moved - written:
            yield moves_otherwise(scene, column, strays, "in rows that the change does not write")
        if control is not None and written and written <= _moved(before, control, position):
            yield proves_nothing(scene, f"{quote_name(column)} moves with the trigger switched off, too")


def _unless(scene: Scene, expect: Touches) -> Iterator[Finding]:
    """Make the change after which nothing must have moved."""
    before = scene.rows(expect.columns)
    if (failure := _change(scene, expect.unless or "")) is not None:
        yield failure
        return
    after = scene.rows(expect.columns)
    if not _written(before, after):
        yield proves_nothing(scene, '"unless" writes no row')
    for position, column in enumerate(expect.columns):
        if strays := _moved(before, after, position):
            yield moves_otherwise(scene, column, strays, 'after "unless"')


def _rejects(scene: Scene) -> Iterator[Finding]:
    """The change fails, and as it was said."""
    expect = cast(Rejects, scene.behavior.expect)
    unaided = _control(scene, lambda: False, on_error=lambda error: _is(error, expect))
    try:
        scene.run(scene.behavior.change)
    except psycopg.Error as error:
        if not _is(error, expect):
            yield finding_of(
                scene.behavior,
                "write-rejected-otherwise",
                expected=rejection(expect),
                found=say(error),
                mend=look_at(scene),
            )
    else:
        yield finding_of(
            scene.behavior,
            "write-not-rejected",
            expected=rejection(expect),
            found="the change succeeds",
            mend=look_at(scene),
        )
    if unaided:
        yield proves_nothing(scene, "the change is rejected in the same way with the trigger switched off")


def _is(error: psycopg.Error, expect: Rejects) -> bool:
    return (expect.sqlstate is None or error.sqlstate == expect.sqlstate) and (
        expect.constraint is None or error.diag.constraint_name == expect.constraint
    )


def _writes(scene: Scene) -> Iterator[Finding]:
    """Rows appear elsewhere that were not there."""
    expect = cast(Writes, scene.behavior.expect)
    before = _count(scene, expect)
    unaided = _control(scene, lambda: _count(scene, expect) - before)
    if (failure := _change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    made = _count(scene, expect) - before
    if made != expect.count:
        yield finding_of(
            scene.behavior,
            "row-not-written" if made < expect.count else "row-written-too-often",
            expected=f"{count_rows(expect.count)} more in {expect.table} where {condition(expect)}",
            found=f"{count_rows(made)} more",
            mend=look_at(scene),
        )
    if unaided is not None and unaided >= expect.count:
        yield proves_nothing(scene, "the rows appear with the trigger switched off, too")


def _count(scene: Scene, expect: Writes) -> int:
    try:
        return scene.count(expect)
    except psycopg.Error as error:
        raise ContractError(
            f'behavior "{scene.behavior.name}": "writes" cannot be looked up: {say(error)}',
            hint="values are read as the column's type reads them; correct the entry in behavior.toml",
        ) from error


def _control(scene: Scene, look: Callable[[], T], *, on_error: Callable[[psycopg.Error], T] | None = None) -> T | None:
    """Try the change with the trigger switched off, and roll it back.

    Returns:
        What `look` sees afterwards; None where the entry names no trigger, or where the change cannot be made without
        it (then `on_error` may say something).
    """
    if scene.behavior.trigger is None:
        return None
    disabled = False
    try:
        with scene.without_trigger():
            disabled = True
            scene.run(scene.behavior.change)
            scene.settle()
            return look()
    except psycopg.Error as error:
        return on_error(error) if on_error and disabled else None


def _change(scene: Scene, text: str) -> Finding | None:
    """Make a change that must succeed."""
    try:
        scene.run(text)
    except psycopg.Error as error:
        return finding_of(
            scene.behavior, "write-fails", expected="the change succeeds", found=say(error), mend=look_at(scene)
        )
    return None


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


def _written(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> set[Key]:
    """Rows that were there, and are there in another version."""
    return {key for key, row in after.items() if key in before and before[key].version != row.version}


def _moved(before: Mapping[Key, Row], after: Mapping[Key, Row], position: int) -> set[Key]:
    both = before.keys() & after.keys()
    return {key for key in both if before[key].values[position] != after[key].values[position]}


_EXPERIMENTS: Mapping[type[object], Callable[[Scene], Iterator[Finding]]] = {
    Touches: _touches,
    Rejects: _rejects,
    Writes: _writes,
}
