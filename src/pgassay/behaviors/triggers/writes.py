"""`writes`: rows appear elsewhere that were not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import ask, find_relation, require_columns, say
from pgassay.behaviors.triggers.scene import Scene, texts_of
from pgassay.behaviors.triggers.trial import change, control
from pgassay.behaviors.triggers.verdicts import look_at, proves_nothing
from pgassay.behaviors.verdicts import count_rows, finding_of, quote_value
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Writes
from pgassay.findings import Finding


def writes(scene: Scene, expect: Writes) -> Iterator[Finding]:
    """Put it to the test."""
    before, shown = _looked_up(scene, expect), _shown(scene, expect)
    unaided = control(scene, lambda: _looked_up(scene, expect) - before)
    if (failure := change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    made = _looked_up(scene, expect) - before
    if made != expect.count:
        yield finding_of(
            scene.behavior,
            "row-not-written" if made < expect.count else "row-written-too-often",
            expected=f"{count_rows(expect.count)} more in {expect.table} where {_condition(expect)}",
            found=f"{count_rows(made)} more" + ("" if made else _others(expect, _shown(scene, expect) - shown)),
            mend=look_at(scene),
        )
    if unaided is not None and unaided >= expect.count:
        yield proves_nothing(scene, "the rows appear with the trigger switched off, too")


def _looked_up(scene: Scene, expect: Writes) -> int:
    try:
        return _count(scene, expect)
    except psycopg.Error as error:
        hint = "values are read as the column's type reads them; correct the entry"
        raise scene.behavior.untriable("writes", f"cannot be looked up: {say(error)}", hint=hint) from error


def _count(scene: Scene, expect: Writes) -> int:
    relation = find_relation(scene.catalog, expect.table)
    require_columns(scene.catalog, relation, tuple(expect.row))
    conditions: list[sql.Composable] = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.SQL(cast(Any, f"${number}")))
        for number, name in enumerate(expect.row, 1)
    ]
    if expect.where is not None:
        # The line end lets the condition close with a comment.
        conditions.append(sql.SQL("({}\n)").format(sql.SQL(cast(Any, expect.where))))
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(relation.sql, sql.SQL(" AND ").join(conditions))
    row = ask(scene.connection, statement, list(expect.row.values())).fetchone()
    return int(row[0]) if row else 0


def _shown(scene: Scene, expect: Writes) -> Counter[tuple[str | None, ...]]:
    """Return the values of the columns that are spoken of, in every row of the other table."""
    relation = find_relation(scene.catalog, expect.table)
    statement = sql.SQL("SELECT {} FROM {}").format(texts_of(tuple(expect.row)), relation.sql)
    return Counter(tuple(values) for (values,) in ask(scene.connection, statement) if values)


def _others(expect: Writes, rows: Counter[tuple[str | None, ...]]) -> str:
    """Say which rows appear instead."""
    if not rows:
        return ""
    values = ", ".join(f"{quote_name(n)} = {quote_value(v)}" for n, v in zip(expect.row, next(iter(rows)), strict=True))
    return f", but {count_rows(rows.total())} where {values}" + (" and the like" if len(rows) > 1 else "")


def _condition(expect: Writes) -> str:
    said = [f"{quote_name(name)} = '{value}'" for name, value in expect.row.items()]
    return " and ".join([*said, *([expect.where] if expect.where else [])])
