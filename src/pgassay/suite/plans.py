"""Plans: whether queries and foreign keys find the indexes that were made for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.behaviors.plans.foreign_keys import unindexed
from pgassay.behaviors.plans.idle import idle_indexes
from pgassay.behaviors.plans.judge import Judged, judge_measured, judge_planned
from pgassay.behaviors.plans.pretence import Copy
from pgassay.findings import Finding, Report
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.PLANS, Needs.SCRATCH)
def plans(context: Context) -> Report:
    """Plan every `[[plan]]` of behavior.toml on its statistics, or run it on the rows that it gives."""
    entries = context.contract.behavior.plans
    judged = [_planned(context), *_measured(context)]
    return Report(
        title="",
        findings=tuple(finding for part in judged for finding in part.findings),
        looked_at=len(entries),
        notes=(*_unread(judged[0]), *_idle(context, {index for part in judged for index in part.used})),
    )


def _planned(context: Context) -> Judged:
    behavior = context.contract.behavior
    entries = [entry for entry in behavior.plans if not entry.given]
    with context.sandbox.new() as database:
        return judge_planned(
            entries, database, context.sandbox.catalog(), statistics=behavior.statistics, copy=_copy(context)
        )


def _measured(context: Context) -> list[Judged]:
    judged = []
    for entry in context.contract.behavior.plans:
        if entry.given:
            with context.sandbox.new() as database:
                judged.append(judge_measured(entry, database, context.sandbox.catalog()))
    return judged


def _copy(context: Context) -> Copy | None:
    from pgassay.behaviors.plans.copied import copy_statistics

    if context.target is None:
        return None
    return lambda table: context.look(lambda connection: copy_statistics(connection, table))


def _unread(planned: Judged) -> tuple[str, ...]:
    """Tell of statistics that decide nothing."""
    tables = ", ".join(map(str, planned.unread))
    return (f"no [[plan]] is planned on the [[statistics]] of these tables: {tables}",) if tables else ()


def _idle(context: Context, used: set[tuple[str, str]]) -> tuple[str, ...]:
    """Tell of indexes that no declared query uses."""
    idle = idle_indexes(context.sandbox.catalog(), used)
    names = ", ".join(sorted(index.label.removeprefix("index ") for index in idle))
    return (f"no [[plan]] uses these indexes: {names}",) if names else ()


@check(Needs.PLANS, Needs.SCRATCH)
def foreign_key_indexes(context: Context) -> Report:
    """Look through all tables for foreign keys whose check finds no index; asked for by the first `[[plan]]`."""
    with context.sandbox.new() as database, database.server.connect(database.name) as admin:
        catalog = context.sandbox.catalog()
        findings: tuple[Finding, ...] = tuple(unindexed(catalog, admin))
    return Report(title="", findings=findings, looked_at=len(catalog.records.get("table", {})))
