"""The proofs as the checks use them: on a server of their own, where one can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from pgassay.catalog.blindness import blind_findings
from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Examination, Scope, examine
from pgassay.catalog.reporting import findings_of
from pgassay.catalog.scope_roles import SHARED_KINDS
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome, Report
from pgassay.proofs.baselines import arrive_by_all
from pgassay.proofs.init_twice import Twice, run_twice
from pgassay.proofs.merge_order import reorder
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import Compare, Walk, walk
from pgassay.proofs.rows_kept.factory import made
from pgassay.proofs.rows_kept.seed import in_turn, seeded
from pgassay.proofs.rows_kept.stock import Stock
from pgassay.proofs.rows_kept.walk import keep_rows
from pgassay.proofs.survival import survive
from pgassay.proofs.two_runners import race_all
from pgassay.servers.server import Server
from pgassay.suite.tool import NOTHING, forgetting, is_own, without_tool

if TYPE_CHECKING:
    from pgassay.migrations.sources.format import Format
    from pgassay.suite.context import Context


def walk_all(context: Context) -> Walk:
    """Take all migrations up, down and up."""
    return walk(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "the round trip"), context.recipe, context.settings),
        compare=_by_moments(context, leniencies=context.settings.leniencies),
    )


def survive_all(context: Context) -> dict[int, Report]:
    """Try what all migrations survive."""
    return survive(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "what migrations survive"), context.recipe, context.settings),
        compare=_by_moments(context),
    )


def keep_all_rows(context: Context) -> dict[int, Report]:
    """Take all migrations up, down and up with rows in the tables: the factory's, the seed's where it makes none."""
    fill = in_turn(made(context.contract.behavior.rows), seeded(context.recipe.seed))
    return keep_rows(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "rows kept"), context.recipe, context.settings),
        compare=_by_moments(context),
        stock=Stock(fill, partial(is_own, context.format)),
    )


def race_them_all(context: Context) -> dict[int, Report]:
    """Let two runners take every migration at once."""
    return race_all(
        context.migrations,
        tool=context.format,
        build=lambda: scratch_road(_own_server(context, "two runners at once"), context.recipe, context.settings),
        compare=_by_moments(context),
    )


def reorder_newest(context: Context) -> Report:
    """Apply each of the newest migrations behind all that come after it, as far as their tool does so."""
    tool = context.format
    return reorder(
        context.migrations,
        newest=context.settings.merge_steps,
        may_be_late=lambda migration: tool is not None and tool.applies_late(migration),
        build=lambda: scratch_road(_own_server(context, "merge order"), context.recipe, context.settings),
        compare=_by_moments(context, leniencies=context.settings.leniencies),
    )


def arrive(context: Context) -> dict[str, Report]:
    """Go each other way to the head."""
    return arrive_by_all(
        context.ways,
        context.migrations,
        build=lambda migrations: scratch_road(
            _own_server(context, "baselines"), replace(context.recipe, migrations=tuple(migrations)), context.settings
        ),
        compare=partial(_where_they_lead, context),
    )


def _where_they_lead(
    context: Context, head: Catalog, arrived: Catalog, session: psycopg.Connection[Any]
) -> tuple[Finding, ...]:
    """Compare two databases that were not made by the same SQL: a dump may write the same in other words."""
    tool = _keeping(context)
    head, arrived = (without_tool(NOTHING, catalog, tool)[0] for catalog in (head, arrived))
    options = Comparison(scope=Scope.WHOLE, leniencies=context.settings.leniencies)
    seen = examine(head, arrived, options=options, second_opinion=SecondOpinion(session))
    return (*_told(seen, alone=_alone(context)), *blind_findings(seen.expected, seen.actual))


def init_twice(context: Context) -> Twice:
    """Run init twice."""
    with _own_server(context, "running init twice") as server:
        return run_twice(server, context.contract.init, context.settings)


def _by_moments(context: Context, *, leniencies: tuple[str, ...] = ()) -> Compare:
    """Return what compares two moments of one database, without what the tool has made there for itself."""
    return forgetting(partial(differences, leniencies=leniencies, alone=_alone(context)), _keeping(context))


def _keeping(context: Context) -> Format | None:
    """Return the format whose own table is kept beside the migrations; None: there is none, or one of them makes it."""
    return context.format if any(m.own_table is not None for m in context.migrations) else None


def _alone(context: Context) -> bool:
    """Whether nobody else makes roles on the server: not where it is a URL's."""
    return not isinstance(context.settings.server, Conninfo)


def differences(
    before: Catalog, after: Catalog, *, leniencies: tuple[str, ...] = (), alone: bool = True
) -> tuple[Finding, ...]:
    """Return what differs between two moments of one database.

    Args:
        before: What should be again.
        after: What is.
        leniencies: Those in force.
        alone: Whether nobody else makes roles on the server; else what differs in them is blind.
    """
    seen = examine(before, after, options=Comparison(scope=Scope.WHOLE, leniencies=leniencies))
    return (*_told(seen, alone=alone), *blind_findings(seen.expected, seen.actual))


def _told(seen: Examination, *, alone: bool) -> Iterator[Finding]:
    for difference in seen.differences:
        for finding in findings_of([difference], seen.expected, seen.actual):
            yield finding if alone or difference.kind not in SHARED_KINDS else _perhaps(finding)


def _perhaps(finding: Finding) -> Finding:
    return replace(
        finding,
        rule="not-readable",
        outcome=Outcome.BLIND,
        found=f"{finding.found}; others make roles on this server too",
        mend="say --assay-server auto: the proof then has a server of its own",
    )


@contextmanager
def _own_server(context: Context, name: str) -> Iterator[Server]:
    """Give a server of its own; where there is none, on a URL, the run's."""
    with ExitStack() as opened:
        try:
            server = opened.enter_context(context.provider.isolated(name))
        except BlindError:
            server = context.server
        yield server
