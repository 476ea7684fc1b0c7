"""Drift: what is found, compared with what is expected, wherever both come from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pgassay.catalog.blindness import blind_findings
from pgassay.catalog.compare import Comparison, Examination, Scope, Selection, examine
from pgassay.catalog.leniencies import find
from pgassay.errors import UsageError
from pgassay.findings import Finding, Report
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings
from pgassay.suite.alike import make_alike
from pgassay.suite.comparison import with_opinion
from pgassay.suite.mends import Mend, mends_of
from pgassay.suite.sides import Builder, Side, read_sides
from pgassay.suite.sources import parse_source

LOOK_YOURSELF = "it cannot be made readable: look at it yourself; --kind compares only what can be read"
NOTHING = "nothing was compared: no object of either side is selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """What a person narrows the comparison to, beyond the settings.

    Attributes:
        selection: The objects that count.
        leniencies: Names of leniencies, besides those of the settings; an unknown one raises UsageError.
        every_role: Whether roles count, too, that have nothing to do with either database.
    """

    selection: Selection = field(default_factory=Selection)
    leniencies: tuple[str, ...] = ()
    every_role: bool = False

    def __post_init__(self) -> None:
        find(self.leniencies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a comparison found.

    Attributes:
        expected: What was expected, in words without a password.
        found: What was looked at.
        report: All that there is to say; its failures are the findings of `mends`.
        mends: What differs, in an order in which it can be mended.
    """

    expected: str
    found: str
    report: Report
    mends: tuple[Mend, ...]


def drift(
    expected: str, found: str, *, options: DriftOptions, settings: Settings, run: RunDirectory, cwd: Path
) -> Drift:
    """Compare two sources; both are only read.

    Args:
        expected: What should be: a URL, a snapshot's file, `migrations:...` or `contract:...`.
        found: What is looked at, likewise.
        options: What the comparison is narrowed to.
        settings: Where contract and migrations are, scratch servers, role map, foreign schemas, leniencies.
        run: The run that scratch servers belong to.
        cwd: What relative paths of the sources belong to.

    Raises:
        UsageError: A source, a kind or a leniency is unknown; both sources are the same.
        BlindError: One side cannot be read.
    """
    began = time.perf_counter()
    sources = parse_source(expected, settings, cwd), parse_source(found, settings, cwd)
    if sources[0] == sources[1]:
        raise UsageError(f'both sides are "{sources[0].title}"', hint="name two different sources")
    wanted, there, builder = read_sides(sources, settings, run)
    _refuse_one_database(wanted, there)
    seen = _examine(wanted, there, builder, _comparison(wanted, there, options, settings))
    mends = tuple(mends_of(seen))
    report = _report(wanted, there, seen, (*(mend.finding for mend in mends), *_blind(seen, options.selection)))
    return Drift(
        expected=wanted.source.title,
        found=there.source.title,
        report=replace(report, seconds=time.perf_counter() - began),
        mends=mends,
    )


def _report(expected: Side, found: Side, seen: Examination, findings: tuple[Finding, ...]) -> Report:
    return Report(
        title=f'"{found.source.title}" against "{expected.source.title}"',
        findings=findings,
        looked_at=sum(seen.looked_at.values()),
        notes=(*expected.notes, *found.notes, *seen.notes, *([] if seen.looked_at else [NOTHING])),
    )


def _refuse_one_database(expected: Side, found: Side) -> None:
    """Two URLs may name one database; a comparison with itself would always pass."""
    one, other = expected.facts, found.facts
    if one and other and (one.started, one.database) == (other.started, other.database):
        raise UsageError(
            f'"{expected.source.title}" and "{found.source.title}" are one database', hint="name two different ones"
        )


def _comparison(expected: Side, found: Side, options: DriftOptions, settings: Settings) -> Comparison:
    """A real database declares nothing: what counts is what is there."""
    return Comparison(
        scope=Scope.DATABASE if expected.facts else Scope.CONTRACT,
        environment=bool(expected.facts and found.facts),
        shared=expected.knows_roles and found.knows_roles,
        roles=_role_names(expected, found, settings.roles),
        foreign_schemas=settings.foreign_schemas,
        leniencies=tuple(dict.fromkeys((*settings.leniencies, *options.leniencies))),
        selection=options.selection,
        every_role=options.every_role,
    )


def _role_names(expected: Side, found: Side, names: Mapping[str, str]) -> Mapping[str, str]:
    """The settings map the contract's names to those of a real database, which may be on either side."""
    if bool(expected.facts) == bool(found.facts):
        return {}
    return names if found.facts else {theirs: ours for ours, theirs in names.items()}


def _examine(expected: Side, found: Side, builder: Builder, options: Comparison) -> Examination:
    """Compare; text that differs is put to a scratch database, where there is something to make one of."""
    alike = make_alike(expected, found, options.roles)
    referee = builder.referee(expected.source, found.source)
    if referee is None:
        seen = examine(alike.expected, alike.found, options=options)
    else:
        seen = with_opinion(partial(builder.database, referee), alike.expected, alike.found, options)
    return replace(seen, notes=(*alike.notes, *seen.notes))


def _blind(seen: Examination, selection: Selection) -> Iterator[Finding]:
    """Yield what could not be read and is selected."""
    for finding in blind_findings(seen.expected, seen.actual, otherwise=LOOK_YOURSELF):
        if selection.concerns(finding.object):
            yield finding
