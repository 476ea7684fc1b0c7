"""`pgassay check` with many databases: progress, groups, and what is known when somebody interrupts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from pgassay.cli import ExitCode
from pgassay.cli.check import left_out, tell_left_out
from pgassay.cli.reports import show_text
from pgassay.errors import UsageError
from pgassay.findings import Outcome

if TYPE_CHECKING:
    from pgassay.settings import Settings
    from pgassay.suite.check import Check
    from pgassay.suite.fleet import Sweep, Verdict
    from pgassay.suite.groups import Group
    from pgassay.suite.members import Fleet

_NO_TARGET = "they look at no database that is named"
_CODES = {Outcome.FAIL: ExitCode.NO, Outcome.BLIND: ExitCode.BLIND, Outcome.PASS: ExitCode.GOOD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the result is shown."""

    as_json: bool
    verbose: bool
    left_out: dict[str, list[str]]


def check_fleet(settings: Settings, checks: list[Check], *, jobs: int | None, as_json: bool, verbose: bool) -> ExitCode:
    """Look at every target, print what was found, and return the exit code."""
    from pgassay.servers.rundir import RunDirectory
    from pgassay.suite.fleet import JOBS, Sweep
    from pgassay.suite.groups import grouped
    from pgassay.suite.members import Fleet

    with RunDirectory.create() as run, Fleet(settings, run=lambda: run) as fleet:
        looking, reasons = _looking(fleet, checks)
        tell_left_out(reasons)
        verdicts, interrupted = _collect(Sweep(fleet, looking, jobs=jobs or JOBS), len(settings.targets))
    groups = grouped(_in_order(settings, verdicts))
    _print(groups, Shown(as_json=as_json, verbose=verbose, left_out=reasons), len(settings.targets) - len(verdicts))
    return ExitCode.INTERRUPTED if interrupted else _code(groups)


def _looking(fleet: Fleet, checks: list[Check]) -> tuple[list[Check], dict[str, list[str]]]:
    """Return the checks that look at a database, and why the others are left out."""
    looking = [check for check in checks if check.looks_at_target]
    others = [check.name for check in checks if not check.looks_at_target]
    reasons = {**({_NO_TARGET: others} if others else {}), **left_out(fleet, looking)}
    looking = [check for check in looking if check.missing(fleet) is None]
    if not looking:
        why = "; ".join(f"{', '.join(names)}, for {reason}" for reason, names in reasons.items())
        raise UsageError("no check is left that says anything of a database", hint=f"left out: {why}")
    return looking, reasons


def _collect(sweep: Sweep, number: int) -> tuple[list[Verdict], bool]:
    """Return what is known in the end, and whether that was an interruption."""
    verdicts: list[Verdict] = []
    try:
        verdicts.extend(_with_progress(sweep, number))  # what has come stays, whatever ends it
    except KeyboardInterrupt:
        return verdicts, True
    finally:
        sweep.stop()
    return verdicts, False


def _with_progress(sweep: Iterable[Verdict], number: int) -> Iterable[Verdict]:
    if not sys.stderr.isatty():
        return sweep
    from rich.console import Console
    from rich.progress import track

    return track(sweep, "looking", total=number, console=Console(stderr=True), transient=True)


def _in_order(settings: Settings, verdicts: list[Verdict]) -> list[Verdict]:
    """Sort as the databases were named, not as they happened to answer."""
    place = {target.name: number for number, target in enumerate(settings.targets)}
    return sorted(verdicts, key=lambda verdict: place[verdict.target.name])


def _print(groups: tuple[Group, ...], shown: Shown, unseen: int) -> None:
    from pgassay.render.fleet import fleet_blocks, fleet_json, fleet_notes, fleet_summary

    if shown.as_json:
        click.echo(fleet_json(groups, left_out=shown.left_out, unseen=unseen))
    else:
        for outcome, text in fleet_blocks(groups, verbose=shown.verbose):
            show_text(outcome, text)
        for note in fleet_notes(groups, verbose=shown.verbose):
            click.echo(note)
        if groups:
            click.echo(fleet_summary(groups), err=not sys.stdout.isatty())
    if unseen:
        click.echo(f"interrupted: {unseen:,} more were not looked at", err=True)


def _code(groups: tuple[Group, ...]) -> ExitCode:
    outcomes = {group.outcome for group in groups}
    return next(_CODES[word] for word in _CODES if word in outcomes)
