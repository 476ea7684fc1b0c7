"""The proofs as the checks use them: on a server of their own, where one can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pgassay.catalog.blindness import blind_findings
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Scope, examine
from pgassay.catalog.reporting import findings_of
from pgassay.catalog.scope_roles import SHARED_KINDS
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome, Report
from pgassay.proofs.init_twice import Twice, run_twice
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import Walk, walk
from pgassay.proofs.rows_kept.factory import made
from pgassay.proofs.rows_kept.seed import in_turn, seeded
from pgassay.proofs.rows_kept.stock import Stock
from pgassay.proofs.rows_kept.walk import keep_rows
from pgassay.proofs.survival import survive
from pgassay.servers.server import Server
from pgassay.suite.tool import is_own

if TYPE_CHECKING:
    from pgassay.suite.context import Context


def walk_all(context: Context) -> Walk:
    """Take all migrations up, down and up."""
    alone = not isinstance(context.settings.server, Conninfo)
    return walk(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "the round trip"), context.recipe, context.settings),
        compare=partial(differences, leniencies=context.settings.leniencies, alone=alone),
    )


def survive_all(context: Context) -> dict[int, Report]:
    """Try what all migrations survive."""
    return survive(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "what migrations survive"), context.recipe, context.settings),
        compare=differences,
    )


def keep_all_rows(context: Context) -> dict[int, Report]:
    """Take all migrations up, down and up with rows in the tables: the factory's, the seed's where it makes none."""
    fill = in_turn(made(context.contract.behavior.rows), seeded(context.recipe.seed))
    return keep_rows(
        context.migrations,
        build=lambda: scratch_road(_own_server(context, "rows kept"), context.recipe, context.settings),
        compare=differences,
        stock=Stock(fill, partial(is_own, context.format)),
    )


def init_twice(context: Context) -> Twice:
    """Run init twice."""
    with _own_server(context, "running init twice") as server:
        return run_twice(server, context.contract.init, context.settings)


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
    found = [
        finding if alone or difference.kind not in SHARED_KINDS else _perhaps(finding)
        for difference in seen.differences
        for finding in findings_of([difference], seen.expected, seen.actual)
    ]
    return (*found, *blind_findings(seen.expected, seen.actual))


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
