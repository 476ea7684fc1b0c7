"""`counts`: a counter always says how many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.mistakes import is_mistake
from pgassay.behaviors.scene import Relation, find_relation, require_columns, say
from pgassay.behaviors.triggers.scene import Scene, primary_key, texts_of
from pgassay.behaviors.triggers.trial import change, control, fails
from pgassay.behaviors.triggers.verdicts import look_at, proves_nothing
from pgassay.behaviors.verdicts import SHOWN_ROWS, count_rows, finding_of
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Counts
from pgassay.findings import Finding

Wrong = tuple[tuple[tuple[str, ...], str | None, int], ...]
"""Key, counter and number of rows, of each row whose counter is wrong."""

_WHOLE: Mapping[str, LiteralString] = {"delete": "DELETE FROM {}", "truncate": "TRUNCATE {}"}


# What a function that is wrong fails with, too: data, integrity, no such state (OLD where there is none).
_BROKEN = frozenset({"22", "23", "55"})


def counts(scene: Scene, expect: Counts) -> Iterator[Finding]:
    """Put it to the test: after what was given, after each change, and after the table is emptied."""
    counted = find_relation(scene.catalog, expect.table)
    require_columns(scene.catalog, counted, (expect.column,))
    if wrong := _wrong(scene, expect, counted):
        yield _disagrees(scene, expect, 'after "given"', wrong)
        return
    # Wrong without the trigger is what shows that the trigger is what makes it right.
    if control(scene, lambda: bool(_wrong(scene, expect, counted))) is False:
        yield proves_nothing(scene, f"{quote_name(expect.column)} is right with the trigger switched off, too")
    for number, text in enumerate((scene.behavior.change, *expect.then)):
        if (failure := change(scene, text, "then" if number else "change")) is not None:
            yield failure
            return
        if wrong := _wrong(scene, expect, counted):
            yield _disagrees(scene, expect, f"after {_short(text)}", wrong)
            return
    for word in expect.tries:
        yield from _emptied(scene, expect, counted, word)


def _emptied(scene: Scene, expect: Counts, counted: Relation, word: str) -> Iterator[Finding]:
    """Empty the table, and roll it back; where that is refused, nothing can go wrong by it."""
    try:
        with scene.rolled_back():
            scene.run(scene.text(_WHOLE[word]))
            wrong = _wrong(scene, expect, counted)
    except psycopg.Error as error:
        yield from _unable(scene, word, error)
        return
    if wrong:
        yield _disagrees(scene, expect, f"after {_WHOLE[word].format(scene.table)}", wrong)


def _unable(scene: Scene, word: str, error: psycopg.Error) -> Iterator[Finding]:
    """Report a trigger that fails over its job; RAISE is a no, and so is what fails without any trigger."""
    if not is_mistake(error) and (error.sqlstate or "")[:2] not in _BROKEN:
        return
    whoever = replace(scene, behavior=replace(scene.behavior, trigger=None))
    with suppress(psycopg.Error), whoever.without_trigger():
        scene.run(scene.text(_WHOLE[word]))
        failure = fails(scene, error, f"{_WHOLE[word].format(scene.table)} succeeds, or is refused")
        yield replace(failure, mend=look_at(whoever))  # it may be any trigger's


def _wrong(scene: Scene, expect: Counts, counted: Relation) -> Wrong:
    key = primary_key(scene.behavior, scene.catalog, counted)
    statement = sql.SQL("SELECT * FROM ({inner}) AS c WHERE counter IS DISTINCT FROM number ORDER BY key").format(
        inner=sql.SQL("SELECT {key} AS key, {counter} AS counter, ({number}) AS number FROM {counted}").format(
            key=texts_of(key, of=counted.name),
            counter=sql.Identifier(counted.name, expect.column),
            # The line end lets the condition close with a comment.
            number=sql.SQL("SELECT count(*) FROM {} WHERE {}\n").format(
                scene.table.sql, sql.SQL(cast(Any, expect.where))
            ),
            counted=counted.sql,
        )
    )
    try:
        return tuple((tuple(row[0]), row[1], row[2]) for row in scene.connection.execute(statement.as_bytes(None)))
    except psycopg.Error as error:
        raise scene.behavior.untriable("counts", say(error), hint="both tables stand in it by their names") from error


def _disagrees(scene: Scene, expect: Counts, when: str, wrong: Wrong) -> Finding:
    shown = [
        f"({', '.join(key)}) says {counter} of {count_rows(number)}" for key, counter, number in wrong[:SHOWN_ROWS]
    ]
    more = [f"and {len(wrong) - len(shown)} more"] if len(wrong) > len(shown) else []
    return finding_of(
        scene.behavior,
        "counter-disagrees",
        expected=f"{quote_name(expect.column)} of {expect.table} counts the rows of {scene.table}",
        found=f"{when}: {', '.join([*shown, *more])}",
        mend=look_at(scene),
    )


def _short(text: str) -> str:
    return " ".join(text.split())
