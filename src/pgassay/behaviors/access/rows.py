"""Row security put to the test: which rows a role sees, updates and deletes, and which statements it may run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, cast

import psycopg

from pgassay.behaviors.access import wording
from pgassay.behaviors.access.asked import ask
from pgassay.behaviors.access.declared import Declared
from pgassay.behaviors.access.stage import Stage
from pgassay.behaviors.access.statements import try_statements
from pgassay.behaviors.given import give
from pgassay.behaviors.scene import PATIENCE, MissingError
from pgassay.behaviors.verdicts import finding_of, is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import AccessBehavior, Rows
from pgassay.findings import Finding

Connect = Callable[[], psycopg.Connection[Any]]


def try_rows(entry: AccessBehavior, connect: Connect, catalog: Catalog) -> tuple[Finding, ...]:
    """Run one entry, and say which rows and statements a role has that it must not have, or lacks.

    Args:
        entry: One that speaks of rows.
        connect: Opens a superuser's session on a scratch database that is this entry's alone.
        catalog: The catalog of that database.

    Raises:
        ContractError: `given` or a condition fails, or a role is not there; the entry is named.
    """
    rows = cast(Rows, entry.expect)
    try:
        asked = ask(entry, Declared(catalog))
        with closing(connect()) as connection:
            connection.autocommit = True
            connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
            give(connection, entry, entry.given, catalog)
            stage = Stage(entry, rows, connection, catalog, [record for record, _ in asked.on])
            return tuple(_look(stage))
    except MissingError as missing:
        return (is_missing(entry, missing),)


def _look(stage: Stage) -> Iterator[Finding]:
    rows = stage.rows
    if rows.sees is not None:
        yield from _sees(stage, rows.sees)
    if rows.updates is not None:
        column = stage.settable()
        yield from _changes(stage, "update", rows.updates, lambda: stage.update(column))
    if rows.deletes is not None:
        yield from _changes(stage, "delete", rows.deletes, stage.delete)
    yield from try_statements(stage)


def _sees(stage: Stage, condition: str) -> Iterator[Finding]:
    """The role sees exactly the rows for which the condition holds."""
    columns = stage.readable()
    with stage.transaction():
        wanted, others = stage.rows_where(condition, columns, key="sees")
        yield from _proves(stage, "sees", condition, wanted, others)
        try:
            with stage.acting():
                seen = Counter(stage.all_rows(columns))
        except psycopg.Error as error:
            yield wording.stopped(stage.entry, "see", condition, error)
            return
    yield from _differences(stage, "see", condition, extra=seen - Counter(wanted), lacking=Counter(wanted) - seen)


def _changes(stage: Stage, verb: str, condition: str, change: Callable[[], None]) -> Iterator[Finding]:
    """The role changes exactly the rows for which the condition holds: those whose versions are gone afterwards."""
    with stage.transaction():
        wanted, others = stage.versions_where(condition, key=f"{verb}s")
        yield from _proves(stage, f"{verb}s", condition, list(wanted), list(others))
        try:
            with stage.acting():
                change()
        except psycopg.Error as error:
            yield wording.stopped(stage.entry, verb, condition, error)
            return
        left = stage.versions()
    names = {**wanted, **others}
    gone = names.keys() - left
    extra = Counter(names[version] for version in gone - wanted.keys())
    lacking = Counter(names[version] for version in wanted.keys() - gone)
    yield from _differences(stage, verb, condition, extra=extra, lacking=lacking)


def _differences(
    stage: Stage, verb: str, condition: str, *, extra: Counter[str], lacking: Counter[str]
) -> Iterator[Finding]:
    if extra:
        yield wording.too_many(stage.entry, verb, condition, extra)
    if lacking:
        yield wording.too_few(stage.entry, verb, condition, lacking)


def _proves(
    stage: Stage, key: str, condition: str, wanted: Sequence[object], others: Sequence[object]
) -> Iterator[Finding]:
    """Without a row on either side anything would pass."""
    said = condition.strip().lower()
    for rows, constant, what in ((wanted, "false", "for which the condition holds"), (others, "true", "beyond it")):
        if not rows and said != constant:
            yield finding_of(
                stage.entry,
                "behavior-proves-nothing",
                expected=f'rows on both sides of "{key}": {condition}',
                found=f"there is no row {what}",
                mend=f'change the contract: let "given" make one: {stage.entry.where()}',
            )
