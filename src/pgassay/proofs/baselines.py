"""Other ways to the head: each baseline that is kept, with the migrations behind it, leads where all of them lead.

A baseline is a dump of the schema that stands for the first migrations, or what a tool keeps for that purpose. Each is
loaded into an empty database on a server of its own, for a dump says nothing of roles. So is what some tools do to a
new database: all migrations in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg

from pgassay.catalog.catalog import Catalog
from pgassay.errors import PgassayError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration, Way
from pgassay.proofs.round_trip import Road

BuildFor = Callable[[Sequence[Migration]], Road]
"""Makes a fresh database for some migrations, of which none is applied."""

CompareIn = Callable[[Catalog, Catalog, psycopg.Connection[Any]], tuple[Finding, ...]]
"""Expected and actual catalog, and a session in a database with the expected schema, to findings."""

_LET_EACH = "let the tool open a transaction for each migration, or write it so that it needs no commit before it"
_MENDS = {True: _LET_EACH, False: "make the baseline anew; what it needs from outside belongs into schema/init"}
_EXPECTED = {
    True: "all migrations can be applied to an empty database in one transaction, as their tool does",
    False: "it can be loaded into an empty database, and the migrations behind it applied",
}


def arrive_by_all(
    ways: Sequence[Way], migrations: Sequence[Migration], *, build: BuildFor, compare: CompareIn
) -> dict[str, Report]:
    """Go each way, and compare where it leads with the head.

    Args:
        ways: The baselines, each with the migrations behind it.
        migrations: All migrations, in order.
        build: Makes a fresh database for some migrations.
        compare: What differs.

    Returns:
        A report for each way, by its name.
    """
    try:
        with closing(build(migrations)) as road:
            road.up(migrations[-1])
            head = road.read()
            return {way.name: _report(way, _arrive(way, head, road.look(), build, compare)) for way in ways}
    except PgassayError as error:
        return {way.name: _report(way, [_no_head(way, error)]) for way in ways}


def _what(way: Way) -> str:
    return way.name if way.at_once else "baseline"


def _called(way: Way) -> str:
    return way.name if way.at_once else f"baseline {way.name}"


def _report(way: Way, findings: Iterator[Finding] | Sequence[Finding]) -> Report:
    began = time.perf_counter()
    found = tuple(dict.fromkeys(findings))
    return Report(title=_called(way), findings=found, looked_at=1, seconds=time.perf_counter() - began)


def _arrive(
    way: Way, head: Catalog, session: psycopg.Connection[Any], build: BuildFor, compare: CompareIn
) -> Iterator[Finding]:
    try:
        with closing(build(way.migrations)) as road:
            road.up(way.migrations[-1])
            arrived = road.read()
    except PgassayError as error:
        yield _fails(way, error)
        return
    for finding in compare(head, arrived, session):
        yield finding if finding.outcome is Outcome.BLIND else _elsewhere(way, finding)


def _elsewhere(way: Way, finding: Finding) -> Finding:
    return replace(
        finding,
        rule=f"{_what(way)}-leads-elsewhere",
        object=f"{_called(way)}: {finding.object}",
        mend=_LET_EACH
        if way.at_once
        else "make the baseline anew, from a database with all that it stands for, or join them by a migration",
    )


def _fails(way: Way, error: PgassayError) -> Finding:
    return Finding(
        rule=f"{_what(way)}-fails",
        object=_called(way),
        expected=_EXPECTED[way.at_once],
        found=error.text,
        mend=error.hint or _MENDS[way.at_once],
    )


def _no_head(way: Way, error: PgassayError) -> Finding:
    return Finding(
        rule="not-run",
        object=_called(way),
        expected="a head to compare with",
        found=f"not run, for the migrations do not lead there: {error.text}",
        mend=error.hint or "mend the migrations first",
    )
