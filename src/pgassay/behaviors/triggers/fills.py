"""`fills`: in each row that the change writes, columns have the values that they must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import ask, require_columns, say
from pgassay.behaviors.triggers.scene import Key, Scene, texts_of
from pgassay.behaviors.triggers.trial import change, control
from pgassay.behaviors.triggers.verdicts import list_rows, look_at, proves_nothing, swallows
from pgassay.behaviors.verdicts import finding_of, quote_value
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Fills
from pgassay.findings import Finding

Seen = Mapping[Key, tuple[str, bool, str | None]]
"""A row's version, whether the column is as it must be, and what it is."""


def fills(scene: Scene, expect: Fills) -> Iterator[Finding]:
    """Put it to the test."""
    columns = (*expect.values, *expect.expressions)
    require_columns(scene.catalog, scene.table, columns)
    before = {column: _seen(scene, expect, column) for column in columns}
    unaided = control(scene, lambda: {column: _seen(scene, expect, column) for column in columns})
    if (failure := change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    for column in columns:
        after = _seen(scene, expect, column)
        rows = _written(before[column], after)
        if unaided is not None and (lost := _written(before[column], unaided[column]) - rows):
            yield swallows(scene, lost)
            return
        if not rows:
            yield proves_nothing(scene, "the change leaves no row that it has written")
            return
        if wrong := {key: after[key] for key in rows if not after[key][1]}:
            yield _not_filled(scene, expect, column, wrong)
        if unaided is not None and _right(before[column], unaided[column]):
            yield proves_nothing(scene, f"{quote_name(column)} is that with the trigger switched off, too")


def _written(before: Seen, after: Seen) -> set[Key]:
    return {key for key, row in after.items() if key not in before or before[key][0] != row[0]}


def _right(before: Seen, after: Seen) -> bool:
    rows = _written(before, after)
    return bool(rows) and all(after[key][1] for key in rows)


def _seen(scene: Scene, expect: Fills, column: str) -> Seen:
    name = sql.Identifier(column)
    value: sql.Composable = sql.SQL("$1")
    parameters = [expect.values[column]] if column in expect.values else []
    if not parameters:
        value = sql.SQL("({}\n)").format(sql.SQL(cast(Any, expect.expressions[column])))
    statement = sql.SQL(
        "SELECT {key}, {version}, {name} IS NOT DISTINCT FROM {value}, {name}::text FROM {table}"
    ).format(key=texts_of(scene.primary_key()), version=scene.version, name=name, value=value, table=scene.table.sql)
    try:
        found = ask(scene.connection, statement, parameters).fetchall()
    except psycopg.Error as error:
        raise scene.behavior.untriable(
            "fills", f"{quote_name(column)}: {say(error)}", hint="correct the value"
        ) from error
    return {tuple(row[0]): (row[1], row[2], row[3]) for row in found}


def _not_filled(scene: Scene, expect: Fills, column: str, wrong: Seen) -> Finding:
    said = f"'{expect.values[column]}'" if column in expect.values else expect.expressions[column]
    first = min(wrong)
    return finding_of(
        scene.behavior,
        "column-not-filled",
        expected=f"{quote_name(column)} is {said} in each row of {scene.table} that the change writes",
        found=f"it is not in {list_rows(set(wrong))}; in ({', '.join(first)}) it is {quote_value(wrong[first][2])}",
        mend=look_at(scene),
    )
